// Chapter 2 - the ring.
//
// Idea      nodes and keys share one circle; a key belongs to the first node at or after
//           it, clockwise. n is no longer in the formula.
// Good at   change: a node that comes or goes touches only its own arc.
// Bad at    balance: n random points cut a circle into very unequal arcs, the largest
//           about 1 + 1/2 + ... + 1/n times the mean. Chapter 3 cuts finer.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"

namespace kv {

template <HashFunction Hash>
class RingPlacement {
 public:
  explicit RingPlacement(Hash hash) : hash_(std::move(hash)) {}

  void add(const Node& node) {
    const RingPoint point{label_token(hash_, node.name, 0), node.name, node.id};
    points_.insert(std::ranges::lower_bound(points_, point), point);
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
  std::vector<RingPoint> points_;  // sorted: clockwise from twelve o'clock
};

static_assert(Placement<RingPlacement<Hasher>>);

}  // namespace kv
