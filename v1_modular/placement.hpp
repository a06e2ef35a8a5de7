// Chapter 1 - the remainder.
//
// Idea      number the nodes 0 to n - 1; a key belongs to node hash(key) % n.
// Good at   balance: a good hash gives every node the same share, and no table is needed.
// Bad at    change: n is in the formula, so another n moves almost every key, most of
//           them between nodes that did not change. Chapter 2 takes n out of it.
#pragma once

#include <vector>

#include "common/base/check.hpp"
#include "common/placement.hpp"

namespace kv {

class ModularPlacement {
 public:
  void add(const Node& node) { nodes_.push_back(node.id); }

  void remove(NodeId node) { std::erase(nodes_, node); }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!nodes_.empty(), "a cluster without nodes owns nothing");
    return nodes_[key.raw() % nodes_.size()];
  }

 private:
  std::vector<NodeId> nodes_;
};

static_assert(Placement<ModularPlacement>);

}  // namespace kv
