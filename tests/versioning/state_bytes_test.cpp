#include "v4_replicated_kv/versioning/state_bytes.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "tests/versioning/replicas.hpp"

using namespace kv;

namespace {

// Anything that is parsed is what state_bytes makes: one state, one spelling.
void check_parsed(Policy policy, const std::string& bytes) {
  const auto parsed = parse_state(policy, bytes);
  if (parsed) {
    REQUIRE(state_bytes(policy, *parsed) == bytes);
  } else {
    REQUIRE(parsed.error().code == Errc::corrupt);
  }
}

KeyState one_version(Version version) {
  return {.seen = {}, .versions = {std::move(version)}, .recent = {}};
}

bool survives(Policy policy, const KeyState& state) {
  return parse_state(policy, state_bytes(policy, state)).has_value();
}

}  // namespace

TEST_CASE("states come back as they went, and not as those of another policy") {
  for (const Policy policy : {Policy::siblings, Policy::last_write_wins}) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      CAPTURE(seed);
      for (const KeyState& state : random_states(policy, seed)) {
        const std::string bytes = state_bytes(policy, state);
        REQUIRE(parse_state(policy, bytes).value() == state);
        const Policy other =
            policy == Policy::siblings ? Policy::last_write_wins : Policy::siblings;
        REQUIRE_FALSE(parse_state(other, bytes));
      }
    }
  }
}

TEST_CASE("hostile bytes are refused, or are a state's only spelling") {
  for (const Policy policy : {Policy::siblings, Policy::last_write_wins}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      CAPTURE(seed);
      const std::string bytes = state_bytes(policy, random_states(policy, seed).back());
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        CAPTURE(i);
        REQUIRE_FALSE(parse_state(policy, bytes.substr(0, i)));
        for (int bit = 0; bit < 8; ++bit) {
          std::string flipped = bytes;
          flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
          check_parsed(policy, flipped);
        }
        std::string announced = bytes;  // counts and lengths of four thousand million
        announced.replace(i, std::min<std::size_t>(4, bytes.size() - i), 4, '\xFF');
        check_parsed(policy, announced);
      }
      REQUIRE_FALSE(parse_state(policy, bytes + '\0'));
    }
  }
}

TEST_CASE("a state that its policy cannot have is refused") {
  const Version value{.at = {.counter = 1, .dot = {ActorId{1}, 1}}, .value = "x"};
  CHECK(survives(Policy::last_write_wins, one_version(value)));
  CHECK_FALSE(survives(Policy::siblings, one_version(value)));  // not in the history

  const auto with = [&](auto change) {
    Version changed = value;
    change(changed);
    return survives(Policy::last_write_wins, one_version(changed));
  };
  CHECK_FALSE(with([](Version& v) { v.at.counter = kCounterMax + 1; }));
  CHECK_FALSE(with([](Version& v) { v.at.counter = 0; }));
  CHECK_FALSE(with([](Version& v) { v.at.dot.seq = kSeqMax + 1; }));
  CHECK_FALSE(with([](Version& v) { v.at.dot.actor = ActorId{0}; }));
  CHECK_FALSE(with([](Version& v) { v.kind = Kind::tombstone; }));  // with a value
  CHECK_FALSE(with([](Version& v) { v.kind = static_cast<Kind>(3); }));
  CHECK_FALSE(with([](Version& v) {
    v = expired(v);
    v.request = RequestId{1};
  }));
  CHECK_FALSE(with([](Version& v) { v.value.assign(kValueBytesMax + 1, 'x'); }));

  KeyState two = one_version(value);
  two.versions.push_back(value);
  two.versions[1].at.dot.seq = 2;
  CHECK_FALSE(survives(Policy::last_write_wins, two));
  two.seen.raise({ActorId{1}, 2});
  CHECK(survives(Policy::siblings, two));
  std::swap(two.versions[0], two.versions[1]);
  CHECK_FALSE(survives(Policy::siblings, two));
  two.versions[1] = two.versions[0];
  CHECK_FALSE(survives(Policy::siblings, two));
  two.versions = {{.at = value.at, .kind = Kind::tombstone}};
  CHECK_FALSE(survives(Policy::siblings, two));
}

TEST_CASE("every part of a state changes its digest") {
  KeyState state =
      one_version({.at = {.counter = 1, .dot = {ActorId{1}, 1}}, .value = "x"});
  state.recent.add({.at = state.versions[0].at, .id = RequestId{3}});
  const std::uint64_t before = digest(Policy::last_write_wins, state);
  const auto changed = [&](auto change) {
    KeyState other = state;
    change(other);
    return digest(Policy::last_write_wins, other) != before;
  };
  CHECK(changed([](KeyState& s) { s.versions[0].value = "y"; }));
  CHECK(changed([](KeyState& s) { s.versions[0].at.counter = 2; }));
  CHECK(changed([](KeyState& s) { s.versions[0].at.dot.actor = ActorId{2}; }));
  CHECK(changed([](KeyState& s) { s.versions[0].at.dot.seq = 2; }));
  CHECK(changed([](KeyState& s) { s.versions[0].expires = WallMs{1}; }));
  CHECK(changed([](KeyState& s) { s.versions[0].request = RequestId{1}; }));
  CHECK(changed([](KeyState& s) { s.versions[0].kind = Kind::tombstone; }));
  CHECK(changed([](KeyState& s) { s.versions.clear(); }));
  CHECK(changed([](KeyState& s) { s.recent = {}; }));
  CHECK(changed([](KeyState& s) { s.seen.raise({ActorId{1}, 1}); }));
  CHECK(digest(Policy::siblings, state) != before);
}
