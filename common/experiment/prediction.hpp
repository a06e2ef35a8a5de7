// What theory says before the run, with how far chance may take a run from it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/experiment/quantities.hpp"
#include "common/experiment/scenario.hpp"

namespace kv {

// A closed form and three standard deviations of the run around it: about one run in a
// hundred falls outside (the distributions are not all normal, so not exactly 0.3 %).
struct Prediction {
  Quantity quantity;
  double value;
  double tolerance;
};

// Everything that theory needs to know of a step.
struct Change {
  const ClusterState* before;  // null for the initial state
  const ClusterState* after;
  double keys;           // how many independent keys; duplicates make it fewer
  std::uint64_t vnodes;  // tokens per unit of weight, for rings
  std::span<const ClusterState> history = {};  // all states, `after` the last
  std::uint64_t replicas = 1;                  // copies of a key
};

// Predictions for the state after the change and, when there is a before, for the step.
using Theory = std::vector<Prediction> (*)(const Change&);

// Standard deviations that a tolerance allows.
inline constexpr double kTolerance = 3;

}  // namespace kv
