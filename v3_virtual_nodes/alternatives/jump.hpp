// Jump consistent hashing.
//
// Idea      let a cluster grow from 1 to n places. At size j a key moves to the new place
//           with probability 1/j; do not try every j, draw the next one that it jumps to.
// Good at   balance and memory: even to chance, no table, about ln n steps.
// Bad at    names: places are numbers, and only the last can be dropped. Here a node that
//           leaves the middle is replaced by the last: its keys and the last node's keys
//           move, twice the minimum, half of them between nodes that stay. No weights.
// Paper     Lamping and Veach, "A fast, minimal memory, consistent hash algorithm", 2014.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/placement.hpp"

namespace kv {

// The key's place among `places`, at least 1. `seed` is any 64 bits that belong to the
// key; the paper's generator makes the key's draws from them.
[[nodiscard]] inline std::uint32_t jump(std::uint64_t seed, std::uint32_t places) {
  std::uint64_t place = 0;
  std::uint64_t next = 0;
  while (next < places) {
    place = next;
    seed = seed * 2862933555777941757 + 1;
    // The next jump lies beyond size j with probability (place + 1) / j. Setting that to
    // a draw from (0, 1] and solving for j gives where.
    const double inverse_draw = 2147483648.0 / static_cast<double>((seed >> 33) + 1);
    next = static_cast<std::uint64_t>(static_cast<double>(place + 1) * inverse_draw);
  }
  return static_cast<std::uint32_t>(place);
}

class JumpPlacement {
 public:
  void add(const Node& node) {
    KV_CHECK(node.weight == 1, "jump hashing knows no weights");
    nodes_.push_back(node.id);
  }

  void remove(NodeId node) {
    const auto place = std::ranges::find(nodes_, node);
    KV_CHECK(place != nodes_.end(), "only a member can leave");
    *place = nodes_.back();
    nodes_.pop_back();
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!nodes_.empty(), "a cluster without nodes owns nothing");
    return nodes_[jump(finalise(key.raw()), static_cast<std::uint32_t>(nodes_.size()))];
  }

  // The algorithm itself needs none: these are the nodes behind its numbers.
  [[nodiscard]] std::size_t bytes() const { return nodes_.capacity() * sizeof(NodeId); }

 private:
  std::vector<NodeId> nodes_;
};

static_assert(Placement<JumpPlacement>);

}  // namespace kv
