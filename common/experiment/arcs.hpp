// Counting by arcs: what a ring's change moves, without asking a single key.
//
// Two rings cut the circle into pieces, each with one owner before and one after. A piece
// counts as many keys as lie in it.
// Breaks if  a piece included its first token instead of its last: a key that lies on a
//            token belongs to that token.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/experiment/flow_matrix.hpp"
#include "common/experiment/key_ranks.hpp"
#include "common/placement.hpp"

namespace kv {

// Calls visit(token, from, to) for every piece that ends at `token`, clockwise. The piece
// past the last token belongs to the first one and is not visited.
template <Ring R, class Visit>
void for_each_piece(const R& before, const R& after, Visit visit) {
  const auto& old_points = before.points();
  const auto& new_points = after.points();
  auto from = old_points.begin();
  auto to = new_points.begin();
  while (from != old_points.end() || to != new_points.end()) {
    const bool old_ends = from == old_points.end();  // this ring has wrapped already
    const bool new_ends = to == new_points.end();
    const Token end = old_ends   ? to->token
                      : new_ends ? from->token
                                 : std::min(from->token, to->token);
    visit(end, (old_ends ? old_points.begin() : from)->node,
          (new_ends ? new_points.begin() : to)->node);
    while (from != old_points.end() && from->token == end) ++from;
    while (to != new_points.end() && to->token == end) ++to;
  }
}

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
    flows.add(before_->points().begin()->node, ring.points().begin()->node,
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
