#include "common/experiment/flow_matrix.hpp"

#include <algorithm>
#include <tuple>

namespace kv {

std::vector<FlowMatrix::Flow> FlowMatrix::flows() const {
  std::vector<Flow> flows;
  const auto keep = [&](std::uint64_t cell, std::uint64_t keys) {
    if (keys == 0) return;
    flows.push_back({.from = NodeId{static_cast<std::uint32_t>(cell / nodes_)},
                     .to = NodeId{static_cast<std::uint32_t>(cell % nodes_)},
                     .keys = keys});
  };
  for (std::uint64_t cell = 0; cell < dense_.size(); ++cell) keep(cell, dense_[cell]);
  for (const auto& [cell, keys] : sparse_) keep(cell, keys);
  std::ranges::sort(flows, {},
                    [](const Flow& flow) { return std::tie(flow.from, flow.to); });
  return flows;
}

}  // namespace kv
