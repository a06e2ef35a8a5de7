// Counting by arcs: what a ring's change moves, without asking a single key.
//
// Two rings cut the circle into pieces, each with one owner before and one after. A piece
// counts as many keys as lie in it.
// Breaks if  a piece included its first token instead of its last: a key that lies on a
//            token belongs to that token.
#pragma once

#include <algorithm>
#include <cstdint>

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

// What a census counts for one step, from the two rings, each with at least one point,
// and the keys' ranks.
template <Ring R>
[[nodiscard]] FlowMatrix flows_by_arcs(const R& before, const R& after, std::size_t nodes,
                                       const KeyRanks& keys) {
  FlowMatrix flows(nodes);
  std::uint64_t counted = 0;
  for_each_piece(before, after, [&](Token end, NodeId from, NodeId to) {
    const std::uint64_t rank = keys.up_to(end);
    flows.add(from, to, rank - counted);
    counted = rank;
  });
  flows.add(before.points().begin()->node, after.points().begin()->node,
            keys.size() - counted);
  return flows;
}

}  // namespace kv
