#include "v4_replicated_kv/versioning/identity.hpp"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/versioning/replicas.hpp"
#include "tests/versioning/wrong_versions.hpp"

using namespace kv;

namespace {

KeyState holding(const Dot& dot, const std::string& value) {
  return {.seen = {},
          .versions = {{.at = {.counter = 1, .dot = dot}, .value = value}},
          .recent = {}};
}

}  // namespace

TEST_CASE("a node that lost power does not give two values one name") {
  constexpr Policy kPolicy = Policy::last_write_wins;
  SUBCASE("counting from the disk, replicas differ for ever and merging does not help") {
    wrong::CountingSource before(ActorId{1}, 6);
    KeyState peer = holding(before.next(), "sent before the power cut");
    wrong::CountingSource after(ActorId{1}, 6);  // the disk has only 6 of them
    KeyState self = holding(after.next(), "written after it");
    const KeyState merged_here = merge(kPolicy, self, peer);
    const KeyState merged_there = merge(kPolicy, peer, self);
    CHECK(digest(kPolicy, merged_here) != digest(kPolicy, merged_there));
  }
  SUBCASE("going on behind the reservation, they agree") {
    DotSource before(ActorId{1}, 0);
    before.extend(before.wanted());
    KeyState peer = holding(before.next().value(), "sent before the power cut");
    DotSource after(ActorId{1}, before.reserved_to());  // the reservation is on the disk
    CHECK_FALSE(after.next());                          // nothing before the next one is
    after.extend(after.wanted());
    KeyState self = holding(after.next().value(), "written after it");
    CHECK(merge(kPolicy, self, peer) == merge(kPolicy, peer, self));
  }
}

TEST_CASE("no dot is given out twice, wherever the power is cut") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::uint64_t on_disk = 0;
    std::set<Dot> given;
    DotSource source(ActorId{1}, on_disk);
    for (int i = 0; i < 200; ++i) {
      switch (rng.below(4)) {
        case 0:
          source = DotSource(ActorId{1}, on_disk);
          break;
        case 1:
          on_disk = source.wanted();
          break;  // durable, and the node has not heard
        default:
          if (const auto dot = source.next(source.issued() + rng.below(3))) {
            REQUIRE(dot->seq <= on_disk);
            REQUIRE(given.insert(*dot).second);
          } else {
            on_disk = source.wanted();
            source.extend(on_disk);
          }
      }
    }
  }
}

TEST_CASE("reservations are asked for early, in blocks, and end before the numbers do") {
  DotSource source(ActorId{1}, 0);
  CHECK(source.runs_low());
  CHECK(source.wanted() == kReservationBlock);
  source.extend(kReservationBlock);
  CHECK_FALSE(source.runs_low());
  CHECK(source.next()->seq == 1);
  CHECK(source.next(100)->seq == 101);
  CHECK(source.next(50)->seq == 102);
  CHECK_FALSE(source.next(kReservationBlock));
  CHECK(source.issued() == 102);
  // A block, and what was given out.
  CHECK(source.wanted(kReservationBlock + 5) == 2 * kReservationBlock + 5 + 102);
  CHECK(source.next(kReservationBlock / 4)->seq);
  CHECK_FALSE(source.runs_low());
  CHECK(source.next(kReservationBlock / 2)->seq);
  CHECK(source.runs_low());
  source.extend(3);  // an old answer
  CHECK(source.reserved_to() == kReservationBlock);

  DotSource busy(ActorId{1}, 7);
  busy.extend(kSeqMax / 2);
  CHECK(busy.next(kReservationMost)->seq == kReservationMost + 1);
  CHECK(busy.wanted() == kSeqMax / 2 + kReservationMost);
  CHECK_FALSE(busy.runs_low());

  DotSource last(ActorId{1}, kSeqMax - 1);
  CHECK(last.wanted() == kSeqMax);
  last.extend(kSeqMax);
  CHECK(last.next()->seq == kSeqMax);
  CHECK_FALSE(last.next());
  CHECK(plausible_to(kSeqMax - 1) == kSeqMax);
}

TEST_CASE("every disk life is another actor") {
  std::set<ActorId> actors;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Rng chance(seed);
    CHECK(actors.insert(mint_actor(chance)).second);
    CHECK(actors.insert(mint_actor(chance)).second);
  }
  CHECK_FALSE(actors.contains(ActorId{0}));
}
