#include "common/experiment/tally.hpp"

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/experiment/trials.hpp"

using namespace kv;

namespace {

const NodeId kA{0}, kB{1}, kC{2};

ClusterState three_nodes(double weight_of_c = 1) {
  return {.action = Action::add,
          .changed = kC,
          .nodes = {{kA, "a", 1}, {kB, "b", 1}, {kC, "c", weight_of_c}}};
}

}  // namespace

TEST_CASE("moves, sideways moves, donors and receivers are told apart") {
  FlowMatrix flows(3);
  flows.add(kA, kA, 40);
  flows.add(kB, kB, 30);
  flows.add(kA, kC, 20);  // to the newcomer
  flows.add(kB, kA, 7);   // sideways
  flows.add(kA, kB, 3);   // sideways
  const Tally counted = tally(flows, three_nodes());
  CHECK(counted.keys == 100);
  CHECK(counted.moved == 30);
  CHECK(counted.sideways == 10);
  CHECK(counted.donors == 2);
  CHECK(counted.receivers == 3);
  CHECK(counted.loads == std::vector<std::uint64_t>{47, 33, 20});
}

TEST_CASE("the distribution is the population's, over the members of the state") {
  FlowMatrix flows(3);
  flows.add(kA, kA, 2);
  flows.add(kB, kB, 4);
  flows.add(kC, kC, 6);
  const Distribution all = distribution_of(tally(flows, three_nodes()), three_nodes());
  CHECK(all.mean == 4);
  CHECK(all.min == 2);
  CHECK(all.max == 6);
  CHECK(all.stddev == doctest::Approx(1.632993));  // sqrt(8/3), not sqrt(8/2)
  CHECK(all.cv() == doctest::Approx(0.408248));
  CHECK(all.max_over_mean() == 1.5);
  CHECK(all.min_over_mean() == 0.5);
}

TEST_CASE("figures count load per unit of weight") {
  FlowMatrix flows(3);
  flows.add(kA, kA, 25);
  flows.add(kB, kB, 25);
  flows.add(kC, kC, 50);
  const ClusterState state = three_nodes(2);
  const Figures figures = figures_of(tally(flows, state), state);
  CHECK(figures[Quantity::cv] == doctest::Approx(0));
  CHECK(figures[Quantity::max_over_mean] == doctest::Approx(1));
}

TEST_CASE("a matrix of few nodes and one of many count the same flows") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    FlowMatrix dense(8);
    FlowMatrix sparse(5000);
    for (int i = 0; i < 500; ++i) {
      const NodeId from{static_cast<std::uint32_t>(rng.below(8))};
      const NodeId to{static_cast<std::uint32_t>(rng.below(8))};
      dense.add(from, to);
      sparse.add(from, to);
    }
    const auto expected = dense.flows();
    const auto counted = sparse.flows();
    REQUIRE(counted.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(counted[i].from == expected[i].from);
      CHECK(counted[i].to == expected[i].to);
      CHECK(counted[i].keys == expected[i].keys);
    }
  }
}

TEST_CASE("percentiles are by nearest rank") {
  std::vector<double> values;
  for (int i = 100; i >= 1; --i) values.push_back(i);
  const SeedRange range = range_of(Quantity::moved, values);
  CHECK(range.p5 == 5);
  CHECK(range.mean == doctest::Approx(50.5));
  CHECK(range.p95 == 95);
  CHECK(range_of(Quantity::moved, {7}).p5 == 7);
  CHECK(range_of(Quantity::moved, {7}).p95 == 7);
}
