// Counting by asking: every key, after every step, where it belongs now.
//
// The plain way, which works for any placement and which the faster way for rings
// (arcs.hpp) is tested against.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "common/base/check.hpp"
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
    for (std::size_t begin = 0; begin < keys_.size(); begin += kBlock) {
      const std::size_t end = std::min(begin + kBlock, keys_.size());
      place(placement, begin, end);
      for (std::size_t i = begin; i < end; ++i) {
        const NodeId owner = now_[i - begin];
        flows.add(first ? owner : owners_[i], owner);
        owners_[i] = owner;
      }
    }
    return flows;
  }

 private:
  // Placing a block before counting it lets one check of the largest id stand for all: a
  // check for every key doubled the time of chapter 1's default run.
  static constexpr std::size_t kBlock = 1024;

  template <Placement P>
  void place(const P& placement, std::size_t begin, std::size_t end) {
    NodeId largest{};
    for (std::size_t i = begin; i < end; ++i) {
      const NodeId owner = placement.owner(mix_(keys_[i]));
      largest = std::max(largest, owner);
      now_[i - begin] = owner;
    }
    KV_CHECK(largest.raw() < nodes_,
             "a placement gave a key to a node that does not exist");
  }

  std::span<const KeyHash> keys_;
  std::size_t nodes_;
  Mix mix_;
  std::array<NodeId, kBlock> now_{};
  std::vector<NodeId> owners_;  // after the last census
};

}  // namespace kv
