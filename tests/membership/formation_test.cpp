// Forming a cluster: who founds, who waits and says for what, and never two.
#include "v4_replicated_kv/membership/formation.hpp"

#include <string>

#include <doctest/doctest.h>

#include "tests/membership/formation_world.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"

using namespace kv;
using test::FormationFaults;
using test::FormationWorld;

namespace {

void start_all(FormationWorld& world) {
  for (std::size_t i = 0; i < world.nodes().size(); ++i) world.start(i);
}

}  // namespace

TEST_CASE("a node without seeds founds a cluster of one at once") {
  FormationWorld world(1, 3);
  world.nodes()[0].seeds.clear();
  world.start(0);
  world.run(200);
  CHECK(world.all_begun());
  const HeldCluster& held = *world.nodes()[0].disk.held;
  CHECK(held.identity.self == NodeId{0});
  CHECK(held.identity.stage == JoinStage::begun);
  CHECK(held.ring->epoch == Epoch{1});
  CHECK(held.ring->table.copies() == 1);  // as many as there are nodes
  CHECK(world.process(0).waits_for().empty());
}

TEST_CASE(
    "nodes that name each other are one cluster within a second, and all are whole") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    const std::size_t count = 2 + seed % 5;
    FormationWorld world(count, seed);
    start_all(world);
    world.run(1000);
    REQUIRE(world.all_begun());
    const HeldCluster& first = *world.nodes()[0].disk.held;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& node = world.nodes()[i];
      const HeldCluster& held = *node.disk.held;
      CHECK(held.identity.cluster == first.identity.cluster);
      CHECK(held.identity.hash_seed == first.identity.hash_seed);
      CHECK(held.identity.members == first.identity.members);
      CHECK(*held.ring == *first.ring);
      CHECK(held.ring->find(held.identity.self)->node.name == node.name);
      CHECK(node.joined_whole);
    }
    CHECK(first.identity.members.size() == count);
    CHECK(world.clusters().size() == 1);
  }
}

TEST_CASE("nothing is founded while one of the set has not answered") {
  FormationWorld world(3, 5);
  world.start(0);
  world.start(1);
  world.run(60'000);
  CHECK(world.clusters().empty());
  CHECK(world.process(0).waits_for() == "an answer from n3");
  world.start(2);
  world.run(1000);
  CHECK(world.all_begun());
}

TEST_CASE("who does not fit is named") {
  const auto waiting = [](auto spoil, std::size_t asked = 0) {
    FormationWorld world(3, 5);
    spoil(world);
    start_all(world);
    world.run(10'000);
    CHECK(world.clusters().empty());
    return world.process(asked).waits_for();
  };
  CHECK(waiting([](auto& world) { world.nodes()[2].name = "n2"; }) ==
        "a name of its own for the node at n2: n2 is somebody else's");
  CHECK(waiting([](auto& world) { world.nodes()[1].plan.copies = 2; }) ==
        "n2 has another cluster.n, .partitions, .vnodes or .conflict; give all the same");
  CHECK(waiting([](auto& world) {
          world.nodes()[1].plan.policy = Policy::siblings;
        }).starts_with("n2 has another cluster.n"));
  CHECK(waiting([](auto& world) { world.nodes()[2].seeds = {0}; }) ==
        "n3 has other seeds; give all the same");
  CHECK(waiting([](auto& world) { world.nodes()[1].plan.copies = 2; }, 2) ==
        "n2 has another cluster.n, .partitions, .vnodes or .conflict; give all the same");
  CHECK(waiting([](auto& world) {
          for (auto& node : world.nodes()) node.plan.partitions = 3;
        }) == "3 partitions: takes a power of two from 2 to 65536");
}

TEST_CASE("a stranger finds a cluster, and waits to be added") {
  FormationWorld world(4, 5);
  for (std::size_t i = 0; i < 3; ++i) std::erase(world.nodes()[i].seeds, std::size_t{3});
  for (std::size_t i = 0; i < 3; ++i) world.start(i);
  world.run(1000);
  world.start(3);
  world.run(10'000);
  CHECK_FALSE(world.process(3).has_begun());
  CHECK(world.process(3).waits_for().ends_with(
      "is in a cluster that n4 is no member of; add it there, or leave " +
      world.process(3).waits_for().substr(0, 2) + " out of the seeds"));
  CHECK(world.clusters().size() == 1);
}

TEST_CASE("a member that lost its disk gets its ring back, and knows that it lost it") {
  FormationWorld world(3, 5);
  start_all(world);
  world.run(1000);
  world.write();
  for (const std::size_t loser : {0U, 2U}) {
    world.crash(loser, true);
    world.start(loser);
    world.run(1000);
    CHECK(world.all_begun());
    CHECK_FALSE(world.nodes()[loser].joined_whole);
  }
  CHECK(world.clusters().size() == 1);
  // Also while another one is down: who has begun says so.
  world.crash(1);
  world.crash(2, true);
  world.start(2);
  world.run(1000);
  CHECK(world.process(2).has_begun());
  CHECK_FALSE(world.nodes()[2].joined_whole);
}

TEST_CASE("a member that lost its disk before anybody began has lost nothing") {
  FormationWorld world(3, 5);
  start_all(world);
  // Until the founder holds the ring, and nobody else.
  while (!world.nodes()[0].disk.held) world.run(1);
  world.crash(1, true);
  world.crash(2, true);
  world.start(1);
  world.start(2);
  world.run(1000);
  CHECK(world.all_begun());
  CHECK((world.nodes()[1].joined_whole && world.nodes()[2].joined_whole));
}

TEST_CASE("a restarted member serves at once, without asking anybody") {
  FormationWorld world(3, 5);
  start_all(world);
  world.run(1000);
  for (std::size_t i = 0; i < 3; ++i) world.crash(i);
  world.start(1);
  CHECK(world.process(1).has_begun());
  CHECK_FALSE(world.process(1).wake().has_value());
}

TEST_CASE("whatever crashes and gets lost: one cluster, and all are in it in the end") {
  std::size_t begun_amid_faults = 0;
  std::size_t second_clusters = 0;
  std::size_t losers = 0;
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const FormationFaults faults{.loss_percent = rng.below(3) * 15,
                                 .double_percent = rng.below(2) * 20,
                                 .late_percent = rng.below(3) * 20,
                                 .lose_disks = rng.below(2) == 0};
    const std::size_t count = 2 + rng.below(3);
    FormationWorld world(count, seed, faults);
    if (rng.below(2) == 0) start_all(world);
    const std::uint64_t crash_one_in = 2 + rng.below(6);
    for (int step = 0; step < 60; ++step) {
      const std::size_t some = rng.below(count);
      if (world.nodes()[some].process == nullptr) {
        world.start(some);
      } else if (rng.below(crash_one_in) == 0) {
        world.crash(some, faults.lose_disks && rng.below(2) == 0);
      }
      world.run(1 + rng.below(rng.below(3) == 0 ? 1000 : 40));
      if (rng.below(3) == 0) world.write();
    }
    begun_amid_faults += world.all_begun() ? 1 : 0;
    world.stop_faults();
    for (std::size_t i = 0; i < count; ++i) {
      if (world.nodes()[i].process == nullptr) world.start(i);
    }
    world.run(10'000);
    for (auto& node : world.nodes()) CAPTURE(node.process->waits_for());
    REQUIRE(world.all_begun());
    for (const auto& node : world.nodes()) {
      CHECK(FormationWorld::cluster_of(node) ==
            FormationWorld::cluster_of(world.nodes()[0]));
    }
    if (!faults.lose_disks) {
      CHECK(world.clusters().size() == 1);
      CHECK(world.losers() == 0);
    }
    second_clusters += world.clusters().size() > 1 ? 1 : 0;
    losers += world.losers();
  }
  // The runs are as wild as they are meant to be.
  CHECK(begun_amid_faults > 300);
  CHECK(second_clusters > 300);  // after all disks that had the first were lost
  CHECK(losers > 300);
}

TEST_CASE("a guest is shown the ring, and neither joins nor counts as anybody") {
  Formation lone({.self = {.addresses = {.name = "n1"}, .boot = 7}, .chance = 5},
                 std::nullopt, Tick{0});
  const WhoAreYou visit{
      .round = 9, .from = {.addresses = {.name = "n1"}, .boot = 3}, .visits = true};
  FormationEffects todo;
  const auto blank = lone.asked(visit, Tick{0}, todo);
  REQUIRE(blank);
  CHECK_FALSE(blank->cluster);
  CHECK_FALSE(blank->offer);
  CHECK(todo.ask.empty());
  lone.time(Tick{0}, todo);
  REQUIRE(todo.join);
  CHECK_FALSE(lone.asked(visit, Tick{0}, todo));  // this may still fail
  lone.joined(Tick{0});
  const auto shown = lone.asked(visit, Tick{0}, todo);
  REQUIRE(shown);
  REQUIRE(shown->offer);
  CHECK(shown->cluster == lone.held()->identity.cluster);
  CHECK(shown->to_boot == 3);
  CHECK(shown->offer->hash_seed == lone.held()->identity.hash_seed);
  CHECK(decode_ring(shown->offer->ring) == *lone.held()->ring);
}
