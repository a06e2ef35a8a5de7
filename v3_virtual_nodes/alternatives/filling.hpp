// The rooms of all nodes while a set of keys is placed under bounded loads.
//
// Why   near the end most nodes are full, and a walk from one full node to the next would
//       take longer and longer. Full nodes stay full: what one walk learned serves all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/strong.hpp"
#include "common/ring/token_table.hpp"

namespace kv {

// Refers to the ring, which has to outlive it.
class Filling {
 public:
  // `room` is what each node can take, by id; together no less than will come.
  Filling(const TokenTable& ring, std::vector<std::int64_t> room)
      : ring_(ring), room_(std::move(room)), next_(ring.size()) {
    for (std::uint32_t i = 0; i < next_.size(); ++i) next_[i] = after(i);
  }

  // Makes room for so many copies of a key that knocks first at ring point `start`: at
  // the first node that has it or, when none has, at the first with any. Returns the
  // node.
  NodeId place(std::uint32_t start, std::size_t copies) {
    const auto needed = static_cast<std::int64_t>(copies);
    const std::uint32_t first = open_from(start);
    std::uint32_t point = first;
    if (needed < refused_) {
      while (room(point) < needed) {
        point = open_from(after(point));
        if (point != first) continue;
        refused_ = needed;  // rooms only shrink: as many will never be taken again
        break;
      }
    }
    room(point) -= needed;
    return ring_.node(point);
  }

 private:
  std::int64_t& room(std::uint32_t point) { return room_[ring_.node(point).raw()]; }
  [[nodiscard]] std::uint32_t after(std::uint32_t point) const {
    return point + 1 < ring_.size() ? point + 1 : 0;
  }

  // The first point from `point` on whose node has room. A full node stays full, so each
  // walk shortens the way for the next: all between a point and its next_ are full.
  std::uint32_t open_from(std::uint32_t point) {
    while (room(point) <= 0) {
      const std::uint32_t next = next_[point];
      if (room(next) <= 0) next_[point] = next_[next];
      point = next;
    }
    return point;
  }

  const TokenTable& ring_;
  std::vector<std::int64_t> room_;   // by node id; below 0 after a key that did not fit
  std::vector<std::uint32_t> next_;  // by ring point
  std::int64_t refused_ = INT64_MAX;
};

}  // namespace kv
