// Multi-probe consistent hashing.
//
// Idea      chapter 2's ring, one token a node, but a key looks at several places; the
//           place that is nearest to its next node decides. A long arc is missed often.
// Good at   memory: one token a node, and 21 probes keep the largest share within about
//           5 to 10 % of the mean, where a ring needs hundreds of tokens a node.
// Bad at    speed: 21 random reads a look-up. No weights here.
// Paper     Appleton and O'Reilly, "Multi-probe consistent hashing", 2015.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "common/hash/finalise.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"

namespace kv {

template <HashFunction Hash>
class MultiProbePlacement {
 public:
  explicit MultiProbePlacement(Hash hash, int probes = 21)
      : ring_(std::move(hash), 1), probes_(probes) {
    KV_CHECK(probes >= 1, "a key needs a place on the ring");
  }

  void add(const Node& node) { add(std::span(&node, 1)); }

  // All at once: one table instead of one a node.
  void add(std::span<const Node> nodes) {
    for (const Node& node : nodes) {
      KV_CHECK(node.weight == 1, "multi-probe hashing knows no weights");
    }
    ring_.add(nodes);
  }

  void remove(NodeId node) { ring_.remove(node); }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    const TokenTable& table = ring_.table();
    KV_CHECK(table.size() > 0, "a cluster without nodes owns nothing");
    Rng places(finalise(key.raw()));
    std::uint64_t nearest = UINT64_MAX;
    std::size_t best = 0;
    for (int probe = 0; probe < probes_; ++probe) {
      const KeyHash place{places.next()};
      const std::size_t point = table.successor(place);
      // Clockwise, so modulo 2^48: the next node may lie past twelve o'clock.
      const std::uint64_t distance =
          (table.token(point).raw() - position(place).raw()) & 0xFFFF'FFFF'FFFF;
      best = distance < nearest ? point : best;  // the first probe keeps a tie
      nearest = distance < nearest ? distance : nearest;
    }
    return table.node(best);
  }

  [[nodiscard]] std::size_t bytes() const { return ring_.bytes(); }

 private:
  FastRing<Hash> ring_;  // one token a node
  int probes_;
};

static_assert(Placement<MultiProbePlacement<Hasher>>);

}  // namespace kv
