// Counting by asking: every key, after every step, where it belongs now.
//
// The plain way, which works for any placement and which the faster way for rings
// (arcs.hpp) is tested against.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "common/experiment/flow_matrix.hpp"
#include "common/placement.hpp"

namespace kv {

// `mix` is applied to every hash before it is placed: trials make new keys of old.
template <class Mix = std::identity>
class Census {
 public:
  // For node ids below `nodes`. Keeps 4 bytes a key; `keys` must outlive the census.
  Census(std::span<const KeyHash> keys, std::size_t nodes, Mix mix = {})
      : keys_(keys), nodes_(nodes), mix_(mix) {}

  // Where keys went since the last time; the first time, each key stays where it starts.
  template <Placement P>
  [[nodiscard]] FlowMatrix take(const P& placement) {
    FlowMatrix flows(nodes_);
    const bool first = owners_.empty();
    if (first) owners_.resize(keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const NodeId owner = placement.owner(mix_(keys_[i]));
      flows.add(first ? owner : owners_[i], owner);
      owners_[i] = owner;
    }
    return flows;
  }

 private:
  std::span<const KeyHash> keys_;
  std::size_t nodes_;
  Mix mix_;
  std::vector<NodeId> owners_;  // after the last census
};

}  // namespace kv
