// Chapter 3 - virtual nodes.
//
// Idea      every node takes many places on the circle, more if it is larger. Its share
//           is the sum of many small arcs, and sums of many are alike.
// Good at   balance and change at once: a spread of about 1/sqrt(V), weights, and a
//           newcomer that takes a little from everybody.
// Bad at    a death: still one copy of every key, so a node that dies takes its keys with
//           it. Chapter 4 keeps more than one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"

namespace kv {

template <HashFunction Hash>
class VirtualNodePlacement {
 public:
  VirtualNodePlacement(Hash hash, std::uint64_t vnodes)
      : hash_(std::move(hash)), vnodes_(vnodes) {}

  void add(const Node& node) { add(std::span(&node, 1)); }

  void add(std::span<const Node> nodes) {
    const auto old_size = std::ssize(points_);
    for (const Node& node : nodes) {
      const std::uint64_t tokens = tokens_for(node.weight, vnodes_);
      for (std::uint64_t i = 0; i < tokens; ++i) {
        points_.push_back({label_token(hash_, node.name, i), node.name, node.id});
      }
    }
    const auto added = points_.begin() + old_size;
    std::ranges::sort(added, points_.end());
    std::ranges::inplace_merge(points_, added);
  }

  void remove(NodeId node) {
    std::erase_if(points_, [=](const RingPoint& point) { return point.node == node; });
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!points_.empty(), "a cluster without nodes owns nothing");
    auto at = std::ranges::lower_bound(points_, position(key), {}, &RingPoint::token);
    if (at == points_.end()) at = points_.begin();  // wrapping past twelve o'clock
    return at->node;
  }

  [[nodiscard]] const std::vector<RingPoint>& points() const { return points_; }

 private:
  Hash hash_;
  std::uint64_t vnodes_;           // tokens per unit of weight
  std::vector<RingPoint> points_;  // sorted: clockwise from twelve o'clock
};

static_assert(Placement<VirtualNodePlacement<Hasher>>);

}  // namespace kv
