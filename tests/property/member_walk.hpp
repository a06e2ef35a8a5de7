// Random members coming and going, for placements that are asked directly.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/rng.hpp"
#include "common/placement.hpp"
#include "tests/property/random_cluster.hpp"

namespace kv {

inline std::vector<KeyHash> random_keys(Rng& rng, std::size_t count) {
  std::vector<KeyHash> keys;
  for (std::size_t i = 0; i < count; ++i) keys.emplace_back(rng.next());
  return keys;
}

inline std::vector<Node> random_nodes(Rng& rng, std::size_t count, bool weighted) {
  std::vector<Node> nodes;
  for (std::uint32_t i = 0; i < count; ++i) {
    nodes.push_back({.id = NodeId{i},
                     .name = "n" + std::to_string(rng.next()),
                     .weight = weighted ? random_weight(rng) : 1});
  }
  return nodes;
}

template <class P>
void add_all(P& placement, std::span<const Node> nodes) {
  if constexpr (requires { placement.add(nodes); }) {
    placement.add(nodes);
  } else {
    for (const Node& node : nodes) placement.add(node);
  }
}

template <class P>
std::vector<NodeId> owners_of(const P& placement, std::span<const KeyHash> keys) {
  std::vector<NodeId> owners;
  for (const KeyHash key : keys) owners.push_back(placement.owner(key));
  return owners;
}

// Members, of whom there is always one and never more than `most`, and a step at a time.
class MemberWalk {
 public:
  MemberWalk(std::uint64_t seed, std::size_t most, bool weighted)
      : rng_(seed), most_(most), weighted_(weighted) {}

  // Adds or removes a random node; returns which.
  template <class P>
  NodeId step(P& placement) {
    const bool grow = rng_.below(2) == 0;
    if (members_.empty() || (grow && members_.size() < most_) || members_.size() == 1) {
      Node node = random_nodes(rng_, 1, weighted_)[0];
      node.id = NodeId{next_id_++};
      placement.add(node);
      members_.push_back(node);
      return node.id;
    }
    const auto leaver = members_.begin() + static_cast<int>(rng_.below(members_.size()));
    const NodeId id = leaver->id;
    placement.remove(id);
    members_.erase(leaver);
    return id;
  }

  [[nodiscard]] const std::vector<Node>& members() const { return members_; }
  [[nodiscard]] bool has(NodeId id) const {
    return std::ranges::find(members_, id, &Node::id) != members_.end();
  }
  Rng& rng() { return rng_; }

 private:
  Rng rng_;
  std::size_t most_;
  bool weighted_;
  std::uint32_t next_id_ = 0;
  std::vector<Node> members_;
};

}  // namespace kv
