// Random clusters and steps, from a seed.
#pragma once

#include <vector>

#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "common/experiment/scenario.hpp"

namespace kv {

// Weights that need several tokens, one token, and less than one.
inline double random_weight(Rng& rng) {
  return static_cast<double>(1 + rng.below(300)) / 100;
}

// One to `most` nodes, then `steps` random steps that can be taken.
inline Scenario random_scenario(Rng& rng, std::size_t most, std::size_t steps) {
  std::vector<Node> first;
  const std::uint64_t count = 1 + rng.below(most);
  for (std::uint64_t i = 0; i < count; ++i) {
    first.push_back(
        {.id = {}, .name = fmt::format("n{}", i), .weight = random_weight(rng)});
  }
  std::vector<Step> planned;
  auto scenario = plan(first, planned).value();
  while (planned.size() < steps) {
    const auto& members = scenario.states.back().nodes;
    const std::uint64_t kind = rng.below(3);
    Step step{.action = Action::add,
              .node = fmt::format("n{}", 100 + rng.below(50)),
              .weight = random_weight(rng)};
    if (kind != 0) {
      step.action = kind == 1 ? Action::remove : Action::weight;
      step.node = members[rng.below(members.size())].name;
    }
    planned.push_back(step);
    if (auto next = plan(first, planned)) {
      scenario = std::move(*next);
    } else {
      planned.pop_back();  // a node that is there already, or the last one
    }
  }
  return scenario;
}

}  // namespace kv
