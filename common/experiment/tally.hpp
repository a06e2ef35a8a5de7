// From flows of keys to the figures people talk about.
#pragma once

#include <cstdint>
#include <vector>

#include "common/experiment/flow_matrix.hpp"
#include "common/experiment/quantities.hpp"
#include "common/experiment/scenario.hpp"

namespace kv {

// Where a key has several copies, each counts: loads, moves and all are of copies.
struct Tally {
  std::uint64_t keys = 0;
  std::uint64_t replicas = 1;        // copies of a key, all of which `keys` counts
  std::vector<std::uint64_t> loads;  // after the step, by NodeId
  std::uint64_t moved = 0;           // changed owner; keys of a node that left included
  std::uint64_t sideways = 0;        // of these, between two nodes that did not change
  std::uint64_t donors = 0;          // nodes that gave keys up
  std::uint64_t receivers = 0;       // nodes that got keys
};

// Counts the step that led to `state`.
[[nodiscard]] Tally tally(const FlowMatrix& flows, const ClusterState& state,
                          std::uint64_t replicas = 1);

// How keys lie on the nodes of one state, as counted.
struct Distribution {
  double mean = 0;
  std::uint64_t min = 0, max = 0;
  double stddev = 0;  // the population's

  [[nodiscard]] double min_over_mean() const { return static_cast<double>(min) / mean; }
  [[nodiscard]] double max_over_mean() const { return static_cast<double>(max) / mean; }
  [[nodiscard]] double cv() const { return stddev / mean; }
};

[[nodiscard]] Distribution distribution_of(const Tally& tally, const ClusterState& state);

// The step as figures. Spread and largest load are taken per unit of weight, so that a
// node of weight 2 with twice the keys counts as even (as far as one copy of each key
// allows: due_shares); with equal weights that is the plain coefficient of variation and
// the plain max / mean.
[[nodiscard]] Figures figures_of(const Tally& tally, const ClusterState& state);

}  // namespace kv
