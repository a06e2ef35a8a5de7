// How to make a placement, and how to bring it from one state of the cluster to the next.
#pragma once

#include <cstdint>
#include <span>

#include "common/experiment/scenario.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"

namespace kv {

// What a stage may build its placement from: `make(setup)` returns one without nodes.
struct Setup {
  Hasher hash;
  std::uint64_t vnodes;        // tokens per unit of weight
  std::size_t nodes = 0;       // how many different ones there will be
  std::uint64_t replicas = 1;  // copies of a key
};

// Makes the change that leads to `state`.
template <Placement P>
void enter(const ClusterState& state, P& placement) {
  if (state.action == Action::initial) {
    add_all(placement, std::span(state.nodes));
    return;
  }
  if (state.action == Action::down || state.action == Action::up) return;
  if (state.action != Action::add) placement.remove(state.changed);
  if (state.action == Action::remove) return;
  for (const Node& node : state.nodes) {
    if (node.id == state.changed) placement.add(node);
  }
}

}  // namespace kv
