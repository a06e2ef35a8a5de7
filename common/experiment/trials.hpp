// One run shown inside many: the same scenario under other seeds.
//
// Why     a single seed teaches the wrong lesson: a ring of four nodes may move 2 % or
//         50 % when a fifth joins, and both are what theory says.
#pragma once

#include <cstdint>
#include <vector>

#include "common/experiment/run.hpp"
#include "common/experiment/setup.hpp"
#include "common/experiment/tally.hpp"

namespace kv {

// The figures of every state of one trial.
using Trial = std::vector<Figures>;

// Goes through the scenario, counting each state with `count`: a Census, an ArcCount or
// a CopyCount.
template <class P, class Count>
[[nodiscard]] Trial trial_of(const Scenario& scenario, P placement, Count count,
                             std::uint64_t replicas = 1) {
  Trial trial;
  for (const ClusterState& state : scenario.states) {
    enter(state, placement);
    const Tally counted = tally(count.take(placement), state, replicas);
    trial.push_back(figures_of(counted, state));
  }
  return trial;
}

// The 5th percentile, the mean and the 95th percentile (nearest rank) of `values`, of
// which there is at least one.
[[nodiscard]] SeedRange range_of(Quantity quantity, std::vector<double> values);

// Per state, the range of every quantity that the state has.
[[nodiscard]] std::vector<std::vector<SeedRange>> ranges_of(
    const std::vector<Trial>& trials, const Scenario& scenario);

}  // namespace kv
