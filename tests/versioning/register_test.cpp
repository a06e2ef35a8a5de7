#include "v4_replicated_kv/versioning/register.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/versioning/replicas.hpp"
#include "tests/versioning/wrong_versions.hpp"

using namespace kv;

namespace {

Version versioned(std::uint64_t counter, std::uint64_t actor, std::uint64_t seq,
                  std::string value) {
  return {.at = {.counter = counter, .dot = {ActorId{actor}, seq}},
          .value = std::move(value)};
}

Version tombstone(std::uint64_t counter, std::uint64_t actor, std::uint64_t seq) {
  return {.at = {.counter = counter, .dot = {ActorId{actor}, seq}},
          .kind = Kind::tombstone};
}

// One put after the other on three replicas. Each reaches its coordinator and one or both
// of the others, and is acknowledged by two. How many of the acknowledged are below one
// that was acknowledged before them, and so lost? `checked`: replicas that do not take a
// put say so, and the coordinator tries again above what they hold.
int lost_puts(std::uint64_t seed, bool checked) {
  Rng rng(seed);
  auto replicas = make_replicas(3, 1);
  Timestamp acknowledged;
  int lost = 0;
  for (int i = 0; i < 20; ++i) {
    const std::size_t self = rng.below(3);
    const std::size_t missed = rng.below(4);  // 3: none
    std::uint64_t above = 0;
    for (int attempt = 0; attempt < 3; ++attempt) {
      KeyState& own = replicas[self].keys[0];
      Version version = make_version(replicas[self].source, own, "v");
      version.at.counter = next_counter(own, {}, above).value();
      int acks = 0;
      for (std::size_t to = 0; to < 3; ++to) {
        if (to == missed && to != self) continue;
        const OfferVerdict verdict = offer(replicas[to].keys[0], version, {});
        acks += verdict.accepted || !checked ? 1 : 0;
        above = std::max(above, verdict.above);
      }
      if (acks < 2) continue;
      if (version.at < acknowledged) ++lost;
      acknowledged = std::max(acknowledged, version.at);
      break;
    }
  }
  return lost;
}

}  // namespace

TEST_CASE("a replica takes what is above, and says what it holds to the rest") {
  KeyState state;
  CHECK(offer(state, versioned(5, 1, 1, "five"), {}).accepted);
  const OfferVerdict low = offer(state, versioned(3, 2, 1, "three"), {});
  CHECK_FALSE(low.accepted);
  CHECK(low.above == 5);
  CHECK(visible_values(state) == std::vector<std::string>{"five"});
  CHECK(next_counter(state, {}, 9).value() == 10);
  CHECK(offer(state, versioned(6, 2, 2, "three"), {}).accepted);
  CHECK(visible_values(state) == std::vector<std::string>{"three"});

  SUBCASE("a message that comes twice is no news") {
    CHECK(offer(state, versioned(6, 2, 2, "three"), {}).accepted);
    CHECK_FALSE(offer(state, versioned(5, 1, 1, "five"), {}).accepted);
  }
  SUBCASE("equal counters are ordered by their dots") {
    CHECK_FALSE(offer(state, versioned(6, 1, 9, "lower actor"), {}).accepted);
    CHECK_FALSE(offer(state, versioned(6, 2, 1, "lower seq"), {}).accepted);
    CHECK(offer(state, versioned(6, 3, 1, "higher actor"), {}).accepted);
  }
  SUBCASE("a request that was taken and overwritten is still known") {
    Version asked = versioned(7, 1, 2, "asked");
    asked.request = RequestId{77};
    REQUIRE(offer(state, asked, {}).accepted);
    REQUIRE(offer(state, versioned(8, 2, 3, "later"), {}).accepted);
    CHECK(offer(state, asked, {}).accepted);
    CHECK(state.recent.find(RequestId{77}) == asked.at);
    CHECK(visible_values(state) == std::vector<std::string>{"later"});
  }
}

TEST_CASE("an acknowledged put wins over all that were acknowledged before it began") {
  int seeds_that_lose = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    REQUIRE(lost_puts(seed, true) == 0);
    if (lost_puts(seed, false) > 0) ++seeds_that_lose;
  }
  CHECK(seeds_that_lose > 200);  // replicas that acknowledge what they did not take
}

TEST_CASE("a clock that is ahead wins over writes that come after it") {
  constexpr std::uint64_t kHourMs = 3'600'000;
  SUBCASE("with wall clocks an acknowledged write is lost") {
    wrong::WallClockRegister key;
    key.store(WallMs{1'000 + kHourMs}, "from the node whose clock is an hour ahead");
    key.store(WallMs{61'000}, "a minute later, acknowledged");
    CHECK(key.value() == "from the node whose clock is an hour ahead");
  }
  SUBCASE("with counters the later write wins") {
    auto replicas = make_replicas(2, 1);
    KeyState& key = replicas[0].keys[0];
    CHECK(offer(key, make_version(replicas[0].source, key, "first"), {}).accepted);
    CHECK(offer(key, make_version(replicas[1].source, key, "second"), {}).accepted);
    CHECK(visible_values(key) == std::vector<std::string>{"second"});
  }
}

TEST_CASE("a late tombstone does not beat a newer put") {
  // Put, put, delete, on all replicas; the tombstone (counter 3) is reaped everywhere.
  const Version late = tombstone(3, 1, 3);
  SUBCASE("without a floor the key's counter starts anew, and the put dies") {
    KeyState key;
    const Version reborn = versioned(next_counter(key, {}).value(), 2, 1, "new");
    REQUIRE(offer(key, reborn, {}).accepted);
    key = merge_register(key, {.seen = {}, .versions = {late}, .recent = {}});
    CHECK(visible_values(key).empty());
  }
  const Floors floors{.counter = 3, .reaped_counter = 3, .reaped_dots = {}};
  SUBCASE("above the floor it lives, and the tombstone is ignored") {
    KeyState key;
    const Version reborn = versioned(next_counter(key, floors).value(), 2, 1, "new");
    REQUIRE(offer(key, reborn, floors).accepted);
    key = receive(Policy::last_write_wins, key,
                  {.seen = {}, .versions = {late}, .recent = {}}, floors);
    CHECK(visible_values(key) == std::vector<std::string>{"new"});
  }
  SUBCASE("a coordinator that does not know the floor is told") {
    KeyState key;
    const OfferVerdict verdict = offer(key, versioned(1, 2, 1, "new"), floors);
    CHECK_FALSE(verdict.accepted);
    CHECK(verdict.above == 3);
    CHECK_FALSE(offer(key, versioned(3, 2, 2, "new"), floors).accepted);
    CHECK(offer(key, versioned(4, 2, 3, "new"), floors).accepted);
  }
  SUBCASE("a late value does not come back either, nor the tombstone by itself") {
    for (const Version& straggler : {versioned(2, 1, 2, "old"), late}) {
      const KeyState key =
          receive(Policy::last_write_wins, {},
                  {.seen = {}, .versions = {straggler}, .recent = {}}, floors);
      CHECK(key.empty());
    }
  }
  SUBCASE("a value below the floor that is held stays, and can be replaced") {
    KeyState key{.seen = {}, .versions = {versioned(2, 1, 2, "held")}, .recent = {}};
    CHECK_FALSE(is_reapable(Policy::last_write_wins, key, floors));
    key = receive(Policy::last_write_wins, key, key, floors);
    CHECK(visible_values(key) == std::vector<std::string>{"held"});
    CHECK(next_counter(key, floors).value() == 4);
  }
}

TEST_CASE("a tombstone is reaped when everybody has it, not before") {
  const KeyState deleted{.seen = {}, .versions = {tombstone(3, 1, 3)}, .recent = {}};
  Floors floors{.counter = 3, .reaped_counter = 2, .reaped_dots = {}};
  CHECK_FALSE(is_reapable(Policy::last_write_wins, deleted, floors));
  floors.reaped_counter = 3;
  CHECK(is_reapable(Policy::last_write_wins, deleted, floors));
}

TEST_CASE("counters end in a refusal, not in zero") {
  const KeyState last{
      .seen = {}, .versions = {versioned(kCounterMax, 1, 1, "x")}, .recent = {}};
  CHECK(next_counter(last, {}).error().code == Errc::conflict);
  CHECK(next_counter({}, {}, kCounterMax - 1).value() == kCounterMax);
  KeyState remembered;  // the version is gone, its request is known
  remembered.recent.add(
      {.at = {.counter = 9, .dot = {ActorId{1}, 1}}, .id = RequestId{5}});
  CHECK(next_counter(remembered, {}).value() == 10);
}
