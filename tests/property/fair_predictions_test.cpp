#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/lesson/algorithms.hpp"
#include "common/predictions/fair.hpp"
#include "tests/property/check_predictions.hpp"
#include "v3_virtual_nodes/alternatives/by_name.hpp"

using namespace kv;

namespace {

void check_algorithm(std::string_view name, const Case& c) {
  const auto algorithms = all_algorithms();
  const auto found = std::ranges::find(algorithms, name, &Algorithm::name);
  REQUIRE(found != algorithms.end());
  check_case(c, found->theory, [=](Setup setup) {
    setup.nodes = 16;
    return make_algorithm(name, setup);
  });
}

const std::vector<Step> kComingAndGoing{{Action::add, "node_6", 1},
                                        {Action::remove, "node_2", 1},
                                        {Action::remove, "node_6", 1},
                                        {Action::add, "node_2", 1},
                                        {Action::remove, "node_5", 1}};

}  // namespace

TEST_CASE("predictions for as many nodes as there may be are there at once") {
  const auto scenario = plan(equal_nodes(65'534), {{Action::add, "more", 1}});
  REQUIRE(scenario.has_value());
  const auto& states = scenario->states;
  const auto predictions = predict_fair({.before = states.data(),
                                         .after = &states[1],
                                         .keys = 1000,
                                         .vnodes = 1,
                                         .history = states});
  CHECK(predictions[0].quantity == Quantity::moved);
  CHECK(predictions[0].value == doctest::Approx(1.0 / 65'535));
}

TEST_CASE("predictions hold for the algorithms that deal keys out one by one") {
  for (const char* name : {"rendezvous", "anchor", "dx", "memento"}) {
    check_algorithm(name, {name, equal_nodes(4), kDefaultSteps, 1, 20'000});
    check_algorithm(name, {name, equal_nodes(5), kComingAndGoing, 1, 2'000});
  }
}

TEST_CASE("predictions hold for jump hash, from the end and from the middle") {
  check_algorithm("jump", {"default", equal_nodes(4), kDefaultSteps, 1, 20'000});
  check_algorithm("jump",
                  {"coming and going", equal_nodes(5), kComingAndGoing, 1, 4'000});
  check_algorithm("jump",
                  {"2 to 1", equal_nodes(2), {{Action::remove, "node_1", 1}}, 1, 4'000});
}

TEST_CASE("predictions hold for rendezvous hashing with weights") {
  std::vector<Node> nodes = equal_nodes(3);
  nodes[1].weight = 2;
  nodes[2].weight = 0.5;
  check_algorithm("rendezvous", {"weights",
                                 nodes,
                                 {{Action::add, "node_4", 3},
                                  {Action::weight, "node_1", 2},
                                  {Action::weight, "node_2", 1},
                                  {Action::remove, "node_4", 1}},
                                 1,
                                 8'000,
                                 true});
}

TEST_CASE("predictions hold for equal partitions") {
  check_algorithm("equal-partitions",
                  {"default", equal_nodes(4), kDefaultSteps, 1, 20'000});
  check_algorithm("equal-partitions",
                  {"coming and going", equal_nodes(5), kComingAndGoing, 1, 4'000});
}
