// The question every stage answers: who owns this key, now?
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>

#include "common/base/check.hpp"
#include "common/base/strong.hpp"

namespace kv {

struct Node {
  NodeId id;
  std::string name;
  double weight = 1;  // above 0; a node of weight 2 should hold twice the keys
};

// A way to place keys on nodes. `add` takes a node that is not there, `remove` one that
// is; `owner` needs at least one node. Readers may share a placement between threads as
// long as nobody changes it.
template <class P>
concept Placement =
    std::copy_constructible<P> &&
    requires(P placement, const P& reader, const Node& node, KeyHash key) {
      placement.add(node);
      placement.remove(node.id);
      { reader.owner(key) } -> std::same_as<NodeId>;
    };

// Adds them all: at once, where the placement can do that cheaper than one by one.
template <Placement P>
void add_all(P& placement, std::span<const Node> nodes) {
  if constexpr (requires { placement.add(nodes); }) {
    placement.add(nodes);
  } else {
    for (const Node& node : nodes) placement.add(node);
  }
}

// A placement where a key's owner depends on which other keys there are: `place` gives
// every key of a whole set its owner, and `owner` answers for a key that is alone.
template <class P>
concept PlacesTogether =
    Placement<P> && requires(const P& reader, std::span<const KeyHash> keys,
                             std::span<NodeId> owners) { reader.place(keys, owners); };

// A place on the ring and the node that owns the arc which ends there. When two nodes
// land on one token, the first name comes first and owns the arc: a ring keyed by token
// alone would let one node erase the other.
struct RingPoint {
  Token token;
  std::string name;
  NodeId node;
  auto operator<=>(const RingPoint&) const = default;
};

// A placement whose nodes own arcs: sorted points, each owning the keys that lie after
// the point before it, up to and including its own token.
template <class P>
concept Ring = Placement<P> && requires(const P& ring) {
  { (*ring.points().begin()).token } -> std::convertible_to<Token>;
  { (*ring.points().begin()).node } -> std::convertible_to<NodeId>;
};

// The most different nodes that a cluster may ever see, those that left included: ids are
// 0 to 65,534, so that 16 bits hold one.
inline constexpr std::uint64_t kNodesMax = 65'535;

// The most tokens that the nodes of one cluster may have together.
inline constexpr std::uint64_t kTokensMax = 10'000'000;

// How many tokens a weight (above 0) buys, at `per_unit` tokens for a weight of 1. At
// least one: a node of any weight above 0 holds something.
[[nodiscard]] inline std::uint64_t tokens_for(double weight, std::uint64_t per_unit) {
  KV_CHECK(weight > 0, "a node without weight should not be a member");
  const double tokens = std::round(weight * static_cast<double>(per_unit));
  return static_cast<std::uint64_t>(std::max(tokens, 1.0));
}

}  // namespace kv
