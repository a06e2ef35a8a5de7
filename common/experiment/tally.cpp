#include "common/experiment/tally.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kv {

Tally tally(const FlowMatrix& flows, const ClusterState& state, std::uint64_t replicas) {
  Tally tally;
  tally.replicas = replicas;
  tally.loads.resize(flows.nodes());
  std::vector<bool> gave(flows.nodes()), got(flows.nodes());
  for (const auto& [from, to, keys] : flows.flows()) {
    tally.keys += keys;
    tally.loads[to.raw()] += keys;
    if (from == to) continue;
    tally.moved += keys;
    if (from != state.changed && to != state.changed) tally.sideways += keys;
    gave[from.raw()] = true;
    got[to.raw()] = true;
  }
  tally.donors = static_cast<std::uint64_t>(std::ranges::count(gave, true));
  tally.receivers = static_cast<std::uint64_t>(std::ranges::count(got, true));
  return tally;
}

Distribution distribution_of(const Tally& tally, const ClusterState& state) {
  const auto nodes = static_cast<double>(state.nodes.size());
  Distribution result;
  result.mean = static_cast<double>(tally.keys) / nodes;
  result.min = tally.keys;
  double squares = 0;
  for (const Node& node : state.nodes) {
    const std::uint64_t load = tally.loads[node.id.raw()];
    result.min = std::min(result.min, load);
    result.max = std::max(result.max, load);
    const double deviation = static_cast<double>(load) - result.mean;
    squares += deviation * deviation;
  }
  result.stddev = std::sqrt(squares / nodes);
  return result;
}

namespace {

// Load over what is due: the root mean square distance from 1, and the largest.
std::pair<double, double> weighted_spread(const Tally& tally, const ClusterState& state) {
  const double keys =
      static_cast<double>(tally.keys) / static_cast<double>(tally.replicas);
  const auto shares = due_shares(state.nodes, tally.replicas);
  double squares = 0;
  double largest = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double fair = keys * shares[i];
    const auto load = static_cast<double>(tally.loads[state.nodes[i].id.raw()]);
    const double deviation = (load - fair) / fair;
    squares += deviation * deviation;
    largest = std::max(largest, load / fair);
  }
  return {std::sqrt(squares / static_cast<double>(state.nodes.size())), largest};
}

}  // namespace

Figures figures_of(const Tally& tally, const ClusterState& state) {
  const auto keys = static_cast<double>(tally.keys);
  const double weight = state.nodes.front().weight;
  const bool equal = std::ranges::all_of(
      state.nodes, [=](const Node& node) { return node.weight == weight; });
  const Distribution plain = distribution_of(tally, state);
  const auto [cv, largest] = equal ? std::pair(plain.cv(), plain.max_over_mean())
                                   : weighted_spread(tally, state);
  Figures figures;
  figures[Quantity::moved] = static_cast<double>(tally.moved) / keys;
  figures[Quantity::sideways] = static_cast<double>(tally.sideways) / keys;
  figures[Quantity::donors] = static_cast<double>(tally.donors);
  figures[Quantity::cv] = cv;
  figures[Quantity::max_over_mean] = largest;
  return figures;
}

}  // namespace kv
