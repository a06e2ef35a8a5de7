// Small runs by hand: what a World does when it is told.
#include "v4_replicated_kv/simulation/world.hpp"

#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/simulation/agenda.hpp"

using namespace kv;

namespace {

struct Cluster {
  explicit Cluster(WorldRules rules = {}) : world(rules, 7) {
    world.on_reply = [this](NodeId /*node*/, const Reply& reply) { last = reply; };
    world.start_all();
    run(5'000);
  }
  void run(std::uint64_t ticks) { world.run_until(world.now() + Tick{ticks}); }
  Reply ask(NodeId node, Request request) {
    last.reset();
    CHECK(world.ask(node, std::move(request)));
    run(3'000'000);
    REQUIRE(last);
    return *last;
  }
  Reply put(NodeId node, std::string value) {
    return ask(node, {.verb = Verb::put, .key = "cart", .value = std::move(value)});
  }
  Reply get(NodeId node) { return ask(node, {.key = "cart"}); }

  std::optional<Reply> last;
  World world;
};

}  // namespace

TEST_CASE("an agenda gives the soonest first, and of one tick what was planned first") {
  Agenda<int> agenda;
  agenda.add(Tick{5}, 1);
  agenda.add(Tick{3}, 2);
  agenda.add(Tick{5}, 3);
  CHECK(agenda.next() == Tick{3});
  CHECK(agenda.take() == 2);
  CHECK(agenda.take() == 1);
  CHECK(agenda.take() == 3);
  CHECK(agenda.empty());
}

TEST_CASE("what one node stored, another finds") {
  Cluster cluster;
  CHECK(cluster.put(NodeId{0}, "apples").outcome == Outcome::ok);
  const Reply reply = cluster.get(NodeId{2});
  REQUIRE(reply.state.versions.size() == 1);
  CHECK(reply.state.versions.front().value == "apples");
}

TEST_CASE("an acknowledged write survives the power cut of all nodes at once") {
  Cluster cluster;
  REQUIRE(cluster.put(NodeId{0}, "apples").outcome == Outcome::ok);
  for (std::uint32_t i = 0; i < 3; ++i) cluster.world.cut_power(NodeId{i});
  CHECK_FALSE(cluster.world.ask(NodeId{0}, {.key = "cart"}));
  cluster.world.start_all();
  cluster.run(1'000'000);
  CHECK(cluster.get(NodeId{1}).state.versions.at(0).value == "apples");
}

TEST_CASE("two of three are enough, and one is not") {
  Cluster cluster;
  cluster.world.kill(NodeId{2});
  CHECK(cluster.put(NodeId{0}, "apples").outcome == Outcome::ok);
  cluster.world.kill(NodeId{1});
  CHECK(cluster.put(NodeId{0}, "pears").outcome == Outcome::unknown);
}

TEST_CASE("a wiped node counts again once it has copied what it lost") {
  Cluster cluster;
  REQUIRE(cluster.put(NodeId{0}, "apples").outcome == Outcome::ok);
  cluster.world.kill(NodeId{1});
  cluster.world.machine(NodeId{1}).lose_disk();
  cluster.world.start(NodeId{1});
  CHECK_FALSE(cluster.world.is_whole(NodeId{1}));
  cluster.run(1'000'000);
  CHECK(cluster.world.is_whole(NodeId{1}));
  const auto held = cluster.world.machine(NodeId{1}).held("cart");
  REQUIRE(held);
  CHECK(held->versions.at(0).value == "apples");
}

TEST_CASE("a wiped node that is killed while it copies is not whole when it is back") {
  Cluster cluster;
  REQUIRE(cluster.put(NodeId{0}, "apples").outcome == Outcome::ok);
  cluster.world.kill(NodeId{1});
  cluster.world.machine(NodeId{1}).lose_disk();
  cluster.world.kill(NodeId{0});
  cluster.world.start(NodeId{1});
  cluster.run(500'000);  // one other is not enough to copy from
  cluster.world.kill(NodeId{1});
  cluster.world.start(NodeId{1});
  cluster.run(1'000'000);
  CHECK_FALSE(cluster.world.is_whole(NodeId{1}));
  cluster.world.start(NodeId{0});
  cluster.run(3'000'000);
  CHECK(cluster.world.is_whole(NodeId{1}));
}

TEST_CASE("a paused node does nothing, and then all that it missed") {
  Cluster cluster;
  cluster.world.pause(NodeId{0});
  CHECK(cluster.world.ask(NodeId{0},
                          {.verb = Verb::put, .key = "cart", .value = "apples"}));
  cluster.run(100'000);
  CHECK_FALSE(cluster.last);
  cluster.world.resume(NodeId{0});
  cluster.run(100'000);
  REQUIRE(cluster.last);
  CHECK(cluster.last->outcome == Outcome::ok);
}
