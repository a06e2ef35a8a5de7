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
    if (owners_.empty()) owners_.assign(keys_.size(), kNowhere);
    if constexpr (PlacesTogether<P>) {
      std::vector<KeyHash> mixed(keys_.size());
      std::vector<NodeId> now(keys_.size());
      std::ranges::transform(keys_, mixed.begin(), mix_);
      placement.place(mixed, now);
      count(now, 0, flows);
    } else {
      for (std::size_t begin = 0; begin < keys_.size(); begin += kBlock) {
        const std::size_t size = std::min(kBlock, keys_.size() - begin);
        for (std::size_t i = 0; i < size; ++i) {
          block_[i] = placement.owner(mix_(keys_[begin + i]));
        }
        count(std::span(block_).first(size), begin, flows);
      }
    }
    return flows;
  }

 private:
  static constexpr NodeId kNowhere{UINT32_MAX};  // before the first count

  // Placing a block before counting it lets one check of the largest id stand for all: a
  // check for every key doubled the time of chapter 1's default run.
  static constexpr std::size_t kBlock = 1024;

  // Counts the keys from `begin` on, which have these owners now.
  void count(std::span<const NodeId> now, std::size_t begin, FlowMatrix& flows) {
    KV_CHECK(std::ranges::max(now).raw() < nodes_, "an owner is one of the nodes");
    for (std::size_t i = 0; i < now.size(); ++i) {
      NodeId& owner = owners_[begin + i];
      flows.add(owner == kNowhere ? now[i] : owner, now[i]);
      owner = now[i];
    }
  }

  std::span<const KeyHash> keys_;
  std::size_t nodes_;
  Mix mix_;
  std::array<NodeId, kBlock> block_{};
  std::vector<NodeId> owners_;  // after the last census
};

}  // namespace kv
