// AnchorHash.
//
// Idea      start from a full house of `capacity` buckets and remember in which order
//           they were emptied. A key that finds its bucket empty draws again among those
//           that were there when it was emptied, until it finds one at work.
// Good at   balance, change and speed: even to chance, only the keys of the node
//           concerned move, whichever it is; adding and removing are a few assignments.
// Bad at    bounds: the capacity is fixed, and what is not used slows look-ups down,
//           as 1 + ln(capacity / n). A newcomer takes the place of the last to leave, so
//           the owners depend on history. No weights.
// Paper     Mendelson, Vargaftik, Barabash, Lorenz, Keslassy and Orda, "AnchorHash: a
//           scalable consistent hash", IEEE/ACM Transactions on Networking, 2020.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/placement.hpp"
#include "v3_virtual_nodes/alternatives/random_bits.hpp"

namespace kv {

class AnchorPlacement {
 public:
  // Room for `capacity` nodes, 1 to 65,536; more can never join.
  explicit AnchorPlacement(std::uint32_t capacity)
      : left_(capacity),
        successor_(capacity),
        at_(capacity),
        place_(capacity),
        node_(capacity),
        bucket_(65536) {
    KV_CHECK(capacity >= 1 && capacity <= 65536, "a node's id has 16 bits");
    // As if all had been there and had left, the last first: 0 is the first to return.
    for (auto* row : {&left_, &successor_, &at_, &place_}) {
      std::ranges::copy(std::views::iota(0U, capacity), row->begin());
    }
    for (std::uint32_t b = capacity; b > 0; --b) emptied_.push_back(b - 1);
  }

  void add(const Node& node) {
    KV_CHECK(node.weight == 1, "AnchorHash knows no weights");
    KV_CHECK(!emptied_.empty(), "all buckets of the capacity are at work");
    KV_CHECK(node.id.raw() < bucket_.size(), "16 bits hold a node's id");
    const std::uint32_t b = emptied_.back();
    emptied_.pop_back();
    place_[at_[working_]] = working_;  // undo what emptying this bucket did
    at_[place_[b]] = b;
    successor_[b] = b;
    left_[b] = 0;
    ++working_;
    node_[b] = node.id;
    bucket_[node.id.raw()] = b;
  }

  void remove(NodeId node) {
    const std::uint32_t b = bucket_.at(node.raw());
    KV_CHECK(working_ > 0 && left_[b] == 0 && node_[b] == node,
             "only a member can leave");
    emptied_.push_back(b);
    --working_;
    left_[b] = working_;
    const std::uint32_t last = at_[working_];  // takes b's place among those at work
    successor_[b] = last;
    at_[place_[b]] = last;
    place_[last] = place_[b];
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(working_ > 0, "a cluster without nodes owns nothing");
    const std::uint64_t mixed = finalise(key.raw());
    auto b = static_cast<std::uint32_t>(scaled(mixed, left_.size()));
    while (left_[b] > 0) {  // empty: draw among the left_[b] that remained
      auto h = static_cast<std::uint32_t>(scaled(redraw(mixed, b), left_[b]));
      while (left_[h] >= left_[b]) h = successor_[h];  // h had gone before: its successor
      b = h;
    }
    return node_[b];
  }

  [[nodiscard]] std::size_t bytes() const {
    return left_.capacity() * (sizeof(left_[0]) + sizeof(successor_[0]) + sizeof(NodeId));
  }

 private:
  using Row = std::vector<std::uint32_t>;

  // The paper's A, K, W, L, R and N.
  Row left_;                   // A: how many remained when b was emptied; 0 while at work
  Row successor_;              // K: who took b's place when b was emptied
  Row at_;                     // W: the buckets at work are at_[0 .. working_ - 1]
  Row place_;                  // L: where in at_ a bucket is
  Row emptied_;                // R: empty buckets, the last one emptied at the back
  std::uint32_t working_ = 0;  // N
  std::vector<NodeId> node_;   // a bucket's node
  std::vector<std::uint32_t> bucket_;  // a node's bucket, by id
};

static_assert(Placement<AnchorPlacement>);

}  // namespace kv
