#include "v4_replicated_kv/versioning/expiry.hpp"

#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/versioning/replicas.hpp"

using namespace kv;

namespace {

KeyState register_with_expiry() {
  return {.seen = {},
          .versions = {{.at = {.counter = 4, .dot = {ActorId{1}, 9}},
                        .expires = WallMs{100},
                        .request = RequestId{5},
                        .value = "soon over"}},
          .recent = {}};
}

}  // namespace

TEST_CASE("a value is seen until its time, by the time that the reader is handed") {
  const KeyState state = register_with_expiry();
  CHECK(visible_values(state, WallMs{99}).size() == 1);
  CHECK(visible_values(state, WallMs{100}).empty());
  CHECK(visible_values(state, WallMs{99}).size() == 1);  // reading changed nothing
  KeyState for_ever = state;
  for_ever.versions[0].expires = WallMs{0};
  CHECK(visible_values(for_ever, WallMs{UINT64_MAX}).size() == 1);
}

TEST_CASE("what is left of an expired value is the same everywhere, and still wins") {
  constexpr Policy kPolicy = Policy::last_write_wins;
  KeyState early = register_with_expiry();
  KeyState late = register_with_expiry();
  CHECK_FALSE(remove_expired(kPolicy, early, WallMs{99}));
  CHECK(remove_expired(kPolicy, early, WallMs{100}));
  CHECK_FALSE(remove_expired(kPolicy, early, WallMs{101}));
  CHECK(is_sound(kPolicy, early));
  CHECK(merge(kPolicy, early, late) == early);  // the value does not come back
  CHECK(merge(kPolicy, late, early) == early);
  CHECK(remove_expired(kPolicy, late, WallMs{5000}));
  CHECK(state_bytes(kPolicy, early) == state_bytes(kPolicy, late));

  KeyState older = register_with_expiry();
  older.versions[0].at = {.counter = 3, .dot = {ActorId{2}, 1}};
  older.versions[0].expires = WallMs{0};
  CHECK(visible_values(merge(kPolicy, early, older)).empty());
  CHECK(is_reapable(kPolicy, early,
                    {.counter = 4, .reaped_counter = 4, .reaped_dots = {}}));
}

TEST_CASE("an expired sibling leaves only the history that it was there") {
  auto replicas = make_replicas(2, 1);
  KeyState& state = replicas[0].keys[0];
  for (const std::uint64_t expires : {0U, 100U}) {
    const VersionVector horizon = horizon_of(replicas, 0);
    Version version = make_version(replicas[0].source, state, std::to_string(expires));
    version.expires = WallMs{expires};
    REQUIRE(put(state, version, {}, horizon));
  }
  const KeyState before = state;
  CHECK(remove_expired(Policy::siblings, state, WallMs{100}));
  CHECK(is_sound(Policy::siblings, state));
  CHECK(merge(Policy::siblings, state, before) == state);
  CHECK(visible_values(state) == std::vector<std::string>{"0"});
  CHECK(visible_values(before, WallMs{100}) == std::vector<std::string>{"0"});
}

TEST_CASE("a time to live that is no time is refused") {
  CHECK(expiry_after(WallMs{1000}, 500).value() == WallMs{1500});
  CHECK(expiry_after(WallMs{1000}, kTtlMsMax));
  CHECK(expiry_after(WallMs{1000}, 0).error().code == Errc::bad_usage);
  CHECK(expiry_after(WallMs{1000}, kTtlMsMax + 1).error().code == Errc::bad_usage);
  CHECK(expiry_after(WallMs{UINT64_MAX - 5}, 6).error().code == Errc::bad_usage);
  CHECK(expiry_after(WallMs{UINT64_MAX - 5}, 5));
}
