#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/predictions/modular.hpp"
#include "common/predictions/ring.hpp"
#include "tests/property/check_predictions.hpp"
#include "v1_modular/placement.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

const auto kModular = [](const Setup&) { return ModularPlacement(); };
const auto kRing = [](const Setup& s) { return RingPlacement(s.hash); };
const auto kVnodes = [](const Setup& s) {
  return VirtualNodePlacement(s.hash, s.vnodes);
};

}  // namespace

TEST_CASE("predictions hold for the remainder") {
  check_case({"4 to 5 nodes", equal_nodes(4), kDefaultSteps, 1, 20'000}, &predict_modular,
             kModular);
  check_case({"few keys", equal_nodes(4), kDefaultSteps, 1, 50}, &predict_modular,
             kModular);
  check_case({"1 to 2 to 1",
              equal_nodes(1),
              {{Action::add, "node_2", 1}, {Action::remove, "node_1", 1}},
              1,
              2'000},
             &predict_modular, kModular);
  check_case({"30 to 31", equal_nodes(30), {{Action::add, "x", 1}}, 1, 20'000},
             &predict_modular, kModular);
}

TEST_CASE("predictions hold for the ring") {
  check_case({"4 to 5 nodes", equal_nodes(4), kDefaultSteps, 1, 20'000}, &predict_ring,
             kRing);
  check_case({"10 nodes", equal_nodes(10), {{Action::add, "x", 1}}, 1, 20'000},
             &predict_ring, kRing);
  check_case({"50 nodes", equal_nodes(50), {{Action::remove, "node_7", 1}}, 1, 50'000},
             &predict_ring, kRing);
}

TEST_CASE("predictions hold for virtual nodes") {
  check_case({"V=8, 10 nodes",
              equal_nodes(10),
              {{Action::add, "x", 1}, {Action::remove, "node_3", 1}},
              8,
              20'000},
             &predict_ring, kVnodes);
  check_case({"V=160", equal_nodes(4), kDefaultSteps, 160, 20'000}, &predict_ring,
             kVnodes);
  check_case(
      {"more tokens than keys", equal_nodes(10), {{Action::add, "x", 1}}, 500, 100},
      &predict_ring, kVnodes);
}

TEST_CASE("predictions hold for weights") {
  const std::vector<Node> weighted{{.id = {}, .name = "a", .weight = 1},
                                   {.id = {}, .name = "b", .weight = 2},
                                   {.id = {}, .name = "c", .weight = 0.5}};
  check_case({"weight up", weighted, {{Action::weight, "a", 3}}, 40, 20'000},
             &predict_ring, kVnodes);
  check_case({"weight down", weighted, {{Action::weight, "b", 0.25}}, 40, 20'000},
             &predict_ring, kVnodes);
  check_case({"weight that changes no token",
              weighted,
              {{Action::weight, "a", 1.001}},
              40,
              20'000},
             &predict_ring, kVnodes);
  check_case({"join and leave",
              weighted,
              {{Action::add, "d", 1.5}, {Action::remove, "b", 1}},
              40,
              20'000},
             &predict_ring, kVnodes);
}

TEST_CASE("predictions hold where one light node carries the spread") {
  std::vector<Node> mixed = equal_nodes(9);
  mixed.push_back({.id = {}, .name = "light", .weight = 0.001});
  check_case({"nine of 1,000 tokens and one of 1", mixed, {}, 1000, 20'000, true},
             &predict_ring, kVnodes);
}

TEST_CASE("predictions hold where tokens go to a node's own others") {
  check_case({"alone",
              {{.id = {}, .name = "a", .weight = 2}},
              {{Action::weight, "a", 1}},
              10,
              20'000},
             &predict_ring, kVnodes);
  check_case(
      {"two, few tokens",
       {{.id = {}, .name = "a", .weight = 2}, {.id = {}, .name = "b", .weight = 1}},
       {{Action::weight, "a", 1}},
       1,
       20'000,
       true},
      &predict_ring, kVnodes);
}

TEST_CASE("predictions hold where most new arcs hold no key") {
  check_case(
      {"1,000 nodes, 100 keys", equal_nodes(1000), {{Action::add, "x", 1}}, 1, 100},
      &predict_ring, kRing);
}

TEST_CASE("predictions hold for the default run of virtual nodes") {
  // 20,000 tokens a node; fewer seeds than elsewhere would do, but the promise is for
  // 100.
  Progress silent(false);
  std::map<std::pair<std::size_t, Quantity>, int> agreed;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Hasher hash(&xxh3, seed);
    const KeySet keys = made_up_keys(20'000, hash);
    const ExperimentPlan planned{.scenario = plan(equal_nodes(4), kDefaultSteps).value(),
                                 .setup = {.hash = hash, .vnodes = 20'000},
                                 .trials = 0,
                                 .theory = &predict_ring,
                                 .sweeps_vnodes = false};
    const Run run = Experiment(planned, keys, kVnodes, silent).run();
    for (std::size_t s = 0; s < run.steps.size(); ++s) {
      CHECK((s == 0 || run.steps[s].remap->sideways == 0));
      for (const CheckedFigure& figure : run.steps[s].predictions) {
        agreed[{s, figure.quantity}] += figure.agrees() ? 1 : 0;
      }
    }
  }
  for (const auto& [where, seeds] : agreed) {
    CAPTURE(where.first);
    CAPTURE(name_of(where.second));
    CHECK(seeds >= 95);
  }
}
