// Clusters that become one: all who are to be in it or nobody, and no key is lost on the way.
#include "v4_replicated_kv/membership/refounding.hpp"

#include <string>

#include <doctest/doctest.h>

#include "tests/membership/refounding_world.hpp"

using namespace kv;
using test::RefoundingWorld;

namespace {

// Asks until there is an answer; that.
RefoundAnswer add(RefoundingWorld& world, std::size_t member, std::size_t newcomer,
                  std::uint64_t number, double weight = 0) {
  for (int i = 0; i < 600; ++i) {
    world.add(member, newcomer, number, weight);
    world.run(50);
    const auto& said = world.answered();
    if (said && said->standing != RefoundStanding::under_way &&
        !(said->standing == RefoundStanding::refused && said->code == Errc::locked)) {
      return *said;
    }
  }
  return {};
}

std::string why_not(RefoundingWorld& world, std::size_t member, std::size_t newcomer,
                    std::uint64_t number) {
  const RefoundAnswer said = add(world, member, newcomer, number);
  CHECK(said.standing == RefoundStanding::refused);
  return said.why;
}

}  // namespace

TEST_CASE("nodes that are alone are added one after the other, and weighed") {
  RefoundingWorld world(4, 1, {});
  CHECK(add(world, 0, 0, 1, 2).standing == RefoundStanding::done);
  CHECK(world.node(0).held.ring->find("n1")->node.weight == 2);
  for (std::size_t i = 1; i < 4; ++i) {
    // Whichever member is asked.
    CHECK(add(world, i / 2, i, 10 + i).standing == RefoundStanding::done);
    world.run(1000);
    CHECK(world.is_settled());
    CHECK(world.node(i).held.ring->members.size() == i + 1);
    CHECK(world.node(i).held.ring->table.copies() == std::min<std::size_t>(i + 1, 3));
  }
  CHECK(add(world, 3, 1, 20, 3).standing == RefoundStanding::done);
  world.run(1000);
  CHECK(world.is_settled());
  CHECK(world.node(0).held.ring->find("n2")->node.weight == 3);
  CHECK(world.node(0).held.ring->find("n1")->node.weight == 2);
  // What is so already changes nothing.
  const ClusterId before = world.node(0).held.identity.cluster;
  CHECK(add(world, 0, 1, 21, 3).standing == RefoundStanding::done);
  CHECK(world.node(0).held.identity.cluster == before);
}

TEST_CASE("who cannot be added is told why, and everybody goes on as before") {
  RefoundingWorld world(4, 2, {});
  REQUIRE(add(world, 0, 1, 1).standing == RefoundStanding::done);
  world.run(1000);
  world.node(2).keys = 1;
  world.run(100);
  CHECK(why_not(world, 0, 2, 2) == "n3 cannot join a cluster: it holds keys");
  CHECK(why_not(world, 2, 0, 3) == "n1 is in another cluster, with other nodes");
  world.node(3).plan.partitions = 32;
  CHECK(why_not(world, 0, 3, 4).starts_with("n4 has another cluster.n"));
  world.node(3).plan.partitions = 16;
  world.node(1).keys = 1;
  world.run(100);
  CHECK(why_not(world, 0, 3, 5) ==
        "a cluster changes only while it is empty: n2: it holds keys");
  world.node(1).keys = 0;
  world.crash(3);
  CHECK(why_not(world, 0, 3, 6) ==
        "the node at n4 (gRPC) does not answer: start it, or see that it can be reached "
        "from n1");
  world.start(3);
  CHECK(world.is_settled());
  CHECK(add(world, 0, 3, 7).standing == RefoundStanding::done);
}

TEST_CASE("a key that comes while others prepare takes all of them back") {
  RefoundingWorld world(2, 3, {});
  world.add(0, 1, 1);
  // Until the founder is prepared, and asks.
  while (world.node(0).record.stage == RefoundStage::idle) world.run(1);
  world.node(1).keys = 1;
  world.run(1000);
  CHECK(world.is_settled());
  CHECK(world.node(0).held.ring->members.size() == 1);
  CHECK(why_not(world, 0, 1, 1) == "n2 cannot join: it holds keys");
}

TEST_CASE(
    "who is prepared waits for its founder, however long, and then does as it did") {
  int came_to_be = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    RefoundingWorld world(3, seed, {});
    REQUIRE(add(world, 0, 1, 1).standing == RefoundStanding::done);
    world.run(1000);
    world.add(0, 2, 2);
    while (world.node(2).record.stage != RefoundStage::prepared) world.run(1);
    world.run(world.rng().below(250));
    const bool was_waiting = world.node(2).process->is_away();
    world.crash(0);
    world.run(100'000);
    if (was_waiting && world.node(2).process->is_away()) {
      CHECK(world.node(2).process->waits_for().starts_with("n1 to say"));
    }
    world.start(0);
    world.run(2000);
    CHECK(world.is_settled());
    came_to_be += world.node(2).held.ring->members.size() == 3 ? 1 : 0;
  }
  // Both endings are among them.
  CHECK(came_to_be > 5);
  CHECK(came_to_be < 95);
}

TEST_CASE("a founder that lost its disk is not believed that it has given up") {
  RefoundingWorld world(2, 4, {});
  world.add(0, 1, 1);
  while (world.node(1).record.stage != RefoundStage::prepared) world.run(1);
  world.crash(0);
  world.node(0).record = {};
  world.start(0);
  world.run(60'000);
  CHECK(world.node(1).process->is_away());
}

TEST_CASE(
    "whoever crashes and whatever is lost: all go on or all go back, no ring that was "
    "given up takes a key, and no key is given up") {
  std::size_t founded = 0;
  std::size_t used = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    Rng chance(seed + 1'000'000);
    const std::size_t count = 2 + chance.below(4);
    RefoundingWorld world(count, seed,
                          {.loss_percent = chance.below(3) * 15,
                           .double_percent = chance.below(2) * 30,
                           .late_percent = chance.below(2) * 10});
    const std::uint64_t write_one_in = 1 + chance.below(400);
    const std::uint64_t crash_one_in = 5 + chance.below(100);
    std::uint64_t number = 1;
    std::size_t member = 0;
    std::size_t newcomer = 1;
    for (int step = 0; step < 300; ++step) {
      if (chance.below(30) == 0) {
        ++number;
        member = chance.below(count);
        newcomer = chance.below(count);
      }
      if (chance.below(4) == 0) {
        world.add(member, newcomer, number, chance.below(4) == 0 ? 2 : 0);
      }
      const std::size_t other = chance.below(count);
      if (chance.below(4) == 0) world.add(other, chance.below(count), number + 500'000);
      if (chance.below(write_one_in) == 0) world.write(chance.below(count));
      const std::size_t victim = chance.below(count);
      if (chance.below(crash_one_in) == 0) world.crash(victim);
      if (world.node(victim).process == nullptr) world.start(victim);
      world.run(1 + chance.below(200));
    }
    world.stop_faults();
    for (std::size_t i = 0; i < count; ++i) {
      if (world.node(i).process == nullptr) world.start(i);
    }
    world.run(60'000);
    REQUIRE(world.is_settled());
    founded += world.went_on();
    used += world.used().size();
  }
  // The claims were put to the test.
  CHECK(founded > 1000);
  CHECK(used > 150);
}
