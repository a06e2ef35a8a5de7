#include "common/experiment/scenario.hpp"

#include <doctest/doctest.h>

using namespace kv;

namespace {

const std::vector<Node> kTwo{{.id = {}, .name = "a", .weight = 1},
                             {.id = {}, .name = "b", .weight = 2}};

std::string why_not(const std::vector<Step>& steps) {
  const auto planned = plan(kTwo, steps);
  REQUIRE(!planned);
  CHECK(planned.error().code == Errc::bad_usage);
  return planned.error().detail;
}

}  // namespace

TEST_CASE("steps apply in order and each begins where the last one ended") {
  const auto scenario =
      plan(kTwo,
           {{Action::add, "c", 1}, {Action::remove, "a", 1}, {Action::weight, "b", 5}})
          .value();
  REQUIRE(scenario.states.size() == 4);
  CHECK(scenario.states[1].nodes.size() == 3);
  CHECK(scenario.states[2].nodes.size() == 2);
  CHECK(scenario.states[3].nodes[0].name == "b");
  CHECK(scenario.states[3].nodes[0].weight == 5);
  CHECK(scenario.states[2].nodes[0].weight == 2);
  CHECK(scenario.names == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a node that comes back is the same node") {
  const auto scenario =
      plan(kTwo, {{Action::remove, "a", 1}, {Action::add, "a", 1}}).value();
  CHECK(scenario.states[2].changed == scenario.states[0].nodes[0].id);
  CHECK(scenario.names.size() == 2);
}

TEST_CASE("a step that cannot be taken is refused with the node and the reason") {
  CHECK(why_not({{Action::add, "a", 1}}) == "--step add:a: a is in the cluster already");
  CHECK(why_not({{Action::remove, "x", 1}}) ==
        "--step remove:x: there is no node x at that step");
  CHECK(why_not({{Action::weight, "x", 1}}) ==
        "--step weight:x: there is no node x at that step");
  CHECK(why_not({{Action::remove, "a", 1}, {Action::remove, "b", 1}}) ==
        "--step remove:b: b is the last node, and keys need an owner");
  CHECK(why_not({{Action::remove, "a", 1}, {Action::remove, "a", 1}}) ==
        "--step remove:a: there is no node a at that step");
}

TEST_CASE("a node that goes down stays a member, until it is removed") {
  const auto scenario = plan(kTwo, {{Action::down, "a", 1},
                                    {Action::add, "c", 1},
                                    {Action::up, "a", 1},
                                    {Action::down, "b", 1},
                                    {Action::remove, "b", 1}})
                            .value();
  const NodeId a = scenario.states[0].nodes[0].id;
  CHECK(scenario.states[1].is_down(a));
  CHECK(scenario.states[1].nodes.size() == 2);
  CHECK(scenario.states[2].is_down(a));
  CHECK_FALSE(scenario.states[3].is_down(a));
  CHECK(scenario.states[4].down.size() == 1);
  CHECK(scenario.states[5].down.empty());
  CHECK(why_not({{Action::up, "a", 1}}) == "--step up:a: a is up already");
  CHECK(why_not({{Action::down, "a", 1}, {Action::down, "a", 1}}) ==
        "--step down:a: a is down already");
  CHECK_FALSE(plan(kTwo, {{Action::remove, "a", 1}}, 2).has_value());
}
