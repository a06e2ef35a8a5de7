// The engineer's table: what each algorithm keeps, moves and costs, on one scenario.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/experiment/algorithm.hpp"
#include "common/experiment/any_placement.hpp"
#include "common/experiment/key_set.hpp"
#include "common/experiment/setup.hpp"
#include "common/progress.hpp"

namespace kv {

struct Surveyed {
  const Algorithm* algorithm = nullptr;
  std::size_t bytes = 0;     // that look-ups need, in the first state
  double cv = 0;             // of the first state
  double max_over_mean = 0;  // of the first state
  double moved = 0;          // share of keys, all steps together
  double least = 0;          // the same, if only what fairness demands had moved
  double sideways = 0;       // share of keys, all steps together
  // Medians of what this machine took, so not the same from run to run.
  double lookup_ns = 0;  // a key, hash excluded
  double build_ms = 0;   // the first state, from its list of nodes
  double add_ms = 0;     // one more node
  double remove_ms = 0;  // the same node
};

struct Survey {
  std::vector<Surveyed> rows;
  // Those that cannot hold the scenario and one node more, the guest that is timed.
  std::vector<const Algorithm*> left_out;
};

// Makes the placement called by an algorithm's name, without nodes.
using MakeAny = std::function<AnyPlacement(std::string_view name, const Setup&)>;

// Takes every algorithm through the scenario, which has no weights and fewer than
// kNodesMax different nodes; counts by asking for every key.
[[nodiscard]] Survey survey(std::span<const Algorithm> algorithms,
                            const Scenario& scenario, const Setup& setup,
                            const KeySet& keys, const MakeAny& make, Progress& progress);

}  // namespace kv
