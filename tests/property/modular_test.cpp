#include "common/predictions/modular.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/experiment/scenario.hpp"
#include "common/experiment/setup.hpp"
#include "v1_modular/placement.hpp"

using namespace kv;

namespace {

std::vector<Node> nodes_named(std::size_t count) {
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    nodes.push_back({.id = {}, .name = "n" + std::to_string(i), .weight = 1});
  }
  return nodes;
}

struct Shares {
  double moved = 0, sideways = 0;
  std::map<NodeId, int> gave;
};

// The dumb twin of the theory: every remainder class there is, one by one.
Shares enumerate(const Scenario& scenario) {
  ModularPlacement before, after;
  enter(scenario.states[0], before);
  enter(scenario.states[0], after);
  enter(scenario.states[1], after);
  const NodeId changed = scenario.states[1].changed;
  const std::size_t classes =
      std::lcm(scenario.states[0].nodes.size(), scenario.states[1].nodes.size());
  Shares shares;
  for (std::uint64_t key = 0; key < classes; ++key) {
    const NodeId from = before.owner(KeyHash{key});
    const NodeId to = after.owner(KeyHash{key});
    if (from == to) continue;
    shares.moved += 1.0 / static_cast<double>(classes);
    ++shares.gave[from];
    if (from != changed && to != changed) {
      shares.sideways += 1.0 / static_cast<double>(classes);
    }
  }
  return shares;
}

double value_of(const std::vector<Prediction>& predictions, Quantity quantity) {
  return std::ranges::find(predictions, quantity, &Prediction::quantity)->value;
}

}  // namespace

TEST_CASE("predicted moves are those of all remainder classes, whichever node changes") {
  for (std::size_t n = 1; n <= 12; ++n) {
    std::vector<Step> steps{{Action::add, "new", 1}};
    for (std::size_t i = 0; i < n && n > 1; ++i) {
      steps.push_back({Action::remove, "n" + std::to_string(i), 1});
    }
    for (const Step& step : steps) {
      CAPTURE(n);
      CAPTURE(step.node);
      const Scenario scenario = plan(nodes_named(n), {step}).value();
      const auto predictions = predict_modular({.before = &scenario.states[0],
                                                .after = &scenario.states[1],
                                                .keys = 1e9,
                                                .vnodes = 1});
      const Shares shares = enumerate(scenario);
      CHECK(value_of(predictions, Quantity::moved) == doctest::Approx(shares.moved));
      CHECK(value_of(predictions, Quantity::sideways) ==
            doctest::Approx(shares.sideways));
      CHECK(value_of(predictions, Quantity::donors) ==
            doctest::Approx(static_cast<double>(shares.gave.size())));
    }
  }
}

TEST_CASE("from n to m nodes at the end of the list, gcd/max of the keys stay") {
  for (std::uint64_t n = 1; n <= 12; ++n) {
    for (std::uint64_t m = 1; m <= 12; ++m) {
      CAPTURE(n);
      CAPTURE(m);
      std::uint64_t stay = 0;
      const std::uint64_t classes = std::lcm(n, m);
      for (std::uint64_t key = 0; key < classes; ++key)
        stay += key % n == key % m ? 1 : 0;
      CHECK(stay * std::max(n, m) == std::gcd(n, m) * classes);
    }
  }
}
