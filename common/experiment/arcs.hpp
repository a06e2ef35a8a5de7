// Counting by arcs: what a ring's change moves, without asking a single key.
//
// Each piece into which two rings cut the circle counts as many keys as lie in it.
// Breaks if  a piece included its first token instead of its last: a key that lies on a
//            token belongs to that token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/experiment/flow_matrix.hpp"
#include "common/experiment/key_ranks.hpp"
#include "common/placement.hpp"
#include "common/ring/pieces.hpp"

namespace kv {

// Counts what a census counts, from the rings and the keys' ranks alone.
template <Ring R>
class ArcCount {
 public:
  // For node ids below `nodes`; `keys` must outlive the count.
  ArcCount(const KeyRanks& keys, std::size_t nodes) : keys_(keys), nodes_(nodes) {}

  // Where keys went since the last time; the first time, each key stays where it starts.
  // The ring has at least one point.
  [[nodiscard]] FlowMatrix take(const R& ring) {
    if (!before_) before_ = ring;
    FlowMatrix flows(nodes_);
    std::uint64_t counted = 0;
    for_each_piece(*before_, ring, [&](Token end, NodeId from, NodeId to) {
      const std::uint64_t rank = keys_.up_to(end);
      flows.add(from, to, rank - counted);
      counted = rank;
    });
    flows.add((*before_->points().begin()).node, (*ring.points().begin()).node,
              keys_.size() - counted);
    before_ = ring;
    return flows;
  }

 private:
  const KeyRanks& keys_;
  std::size_t nodes_;
  std::optional<R> before_;
};

}  // namespace kv
