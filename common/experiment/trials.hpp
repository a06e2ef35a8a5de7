// One run shown inside many: the same scenario under other seeds.
//
// Why     a single seed teaches the wrong lesson: a ring of four nodes may move 2 % or
//         50 % when a fifth joins, and both are what theory says.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/experiment/arcs.hpp"
#include "common/experiment/census.hpp"
#include "common/experiment/key_ranks.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/setup.hpp"
#include "common/experiment/tally.hpp"

namespace kv {

// The figures of every state of one trial.
using Trial = std::vector<Figures>;

// A ring's trial gives the nodes other places under the same keys, and counts by arcs.
template <class Make>
[[nodiscard]] Trial ring_trial(const Scenario& scenario, const Setup& setup,
                               const KeyRanks& keys, const Make& make) {
  Trial trial;
  auto ring = make(setup);
  for (const ClusterState& state : scenario.states) {
    auto before = ring;
    enter(state, ring);
    if (state.action == Action::initial) before = ring;
    const auto flows = flows_by_arcs(before, ring, scenario.names.size(), keys);
    trial.push_back(figures_of(tally(flows, state), state));
  }
  return trial;
}

// Any other placement's trial makes other keys of the same number, and asks each.
template <class Make>
[[nodiscard]] Trial census_trial(const Scenario& scenario, const Setup& setup,
                                 std::span<const KeyHash> keys, const Make& make) {
  const std::uint64_t mask = finalise(setup.hash.seed());
  const auto mix = [mask](KeyHash key) { return KeyHash{finalise(key.raw() ^ mask)}; };
  Trial trial;
  auto placement = make(setup);
  Census census(keys, scenario.names.size(), mix);
  for (const ClusterState& state : scenario.states) {
    enter(state, placement);
    trial.push_back(figures_of(tally(census.take(placement), state), state));
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
