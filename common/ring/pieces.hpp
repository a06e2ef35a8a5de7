// Two rings cut one circle into pieces, each with one owner before and one after.
#pragma once

#include <algorithm>
#include <vector>

#include "common/base/strong.hpp"
#include "common/placement.hpp"

namespace kv {

// Calls visit(token, from, to) for every piece that ends at `token`, clockwise. The piece
// past the last token belongs to the first one and is not visited. Each ring has at least
// one point.
template <Ring Before, Ring After, class Visit>
void for_each_piece(const Before& before, const After& after, Visit visit) {
  const auto& old_points = before.points();
  const auto& new_points = after.points();
  auto from = old_points.begin();
  auto to = new_points.begin();
  while (from != old_points.end() || to != new_points.end()) {
    const bool old_ends = from == old_points.end();  // this ring has wrapped already
    const bool new_ends = to == new_points.end();
    const Token end = old_ends   ? (*to).token
                      : new_ends ? (*from).token
                                 : std::min((*from).token, (*to).token);
    visit(end, (*(old_ends ? old_points.begin() : from)).node,
          (*(new_ends ? new_points.begin() : to)).node);
    while (from != old_points.end() && (*from).token == end) ++from;
    while (to != new_points.end() && (*to).token == end) ++to;
  }
}

// Positions after `after`, up to and including `last`, that pass from one node to
// another. Where `after` is not before `last`, the range runs past twelve o'clock (and is
// the whole circle where they are equal).
struct MovedRange {
  Token after, last;
  NodeId from, to;
  friend bool operator==(const MovedRange&, const MovedRange&) = default;
};

// What changes hands from one ring to the next, clockwise, as few ranges as say it.
// Nothing where one of them has no point: what nobody owned passes from no node to
// another.
template <Ring Before, Ring After>
[[nodiscard]] std::vector<MovedRange> diff(const Before& before, const After& after) {
  std::vector<MovedRange> all;  // what stays included, as it parts what moves
  const auto is_empty = [](const auto& ring) {
    return ring.points().begin() == ring.points().end();
  };
  if (is_empty(before) || is_empty(after)) return all;
  const auto extend = [&](Token last, NodeId from, NodeId to) {
    const bool goes_on = !all.empty() && all.back().from == from && all.back().to == to;
    if (goes_on) {
      all.back().last = last;
    } else {
      const Token begin = all.empty() ? Token{} : all.back().last;
      all.push_back({.after = begin, .last = last, .from = from, .to = to});
    }
  };
  for_each_piece(before, after, extend);
  // The circle closes: what lies past the last token belongs to the first range's owners.
  MovedRange& first = all.front();
  const MovedRange& end = all.back();
  const bool closes = all.size() > 1 && end.from == first.from && end.to == first.to;
  first.after = closes ? end.after : end.last;
  if (closes) all.pop_back();
  std::erase_if(all, [](const MovedRange& range) { return range.from == range.to; });
  return all;
}

}  // namespace kv
