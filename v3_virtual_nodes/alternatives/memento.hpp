// MementoHash.
//
// Idea      jump hashing, and a memory of the buckets that left from the middle. A key
//           that jumps to one of these draws again among those that were at work when it
//           left, as in AnchorHash.
// Good at   memory: nothing but what left. Any node may leave, only its keys move, and
//           there is no capacity to guess.
// Bad at    holes: every bucket that left and was not replaced costs memory and time. A
//           newcomer takes the place of the last to leave, so the owners depend on
//           history. No weights.
// Paper     Coluzzi, Brocco, Antonucci and Leidi, "MementoHash: a stateful, minimal
//           memory, best performing consistent hash algorithm", 2023.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/placement.hpp"
#include "v3_virtual_nodes/alternatives/jump.hpp"
#include "v3_virtual_nodes/alternatives/random_bits.hpp"

namespace kv {

class MementoPlacement {
 public:
  void add(const Node& node) {
    KV_CHECK(node.weight == 1, "MementoHash knows no weights");
    if (holes_.empty()) {
      nodes_.push_back(node.id);
      return;
    }
    nodes_[last_hole_] = node.id;
    const std::uint32_t before = holes_.at(last_hole_).before;
    holes_.erase(last_hole_);
    last_hole_ = before;
  }

  void remove(NodeId node) {
    const auto place = std::ranges::find(nodes_, node);
    KV_CHECK(place != nodes_.end(), "only a member can leave");
    const auto bucket = static_cast<std::uint32_t>(place - nodes_.begin());
    if (holes_.empty() && bucket + 1 == buckets()) {
      nodes_.pop_back();  // the one case that jump hashing knows itself
      return;
    }
    const auto left = static_cast<std::uint32_t>(nodes_.size() - holes_.size() - 1);
    holes_[bucket] = {.left = left, .before = last_hole_};
    last_hole_ = bucket;
    nodes_[bucket] = kNobody;
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(nodes_.size() > holes_.size(), "a cluster without nodes owns nothing");
    const std::uint64_t mixed = finalise(key.raw());
    std::uint32_t bucket = jump(mixed, buckets());
    while (nodes_[bucket] == kNobody) {
      const std::uint32_t left = holes_.at(bucket).left;
      bucket = static_cast<std::uint32_t>(scaled(redraw(mixed, bucket), left));
      // A bucket that had gone before this one was replaced then: follow.
      while (nodes_[bucket] == kNobody && holes_.at(bucket).left >= left) {
        bucket = holes_.at(bucket).left;
      }
    }
    return nodes_[bucket];
  }

  // The nodes behind the numbers, and (as libstdc++ lays them out) the holes.
  [[nodiscard]] std::size_t bytes() const {
    const std::size_t hole = sizeof(void*) + sizeof(std::uint32_t) + sizeof(Hole);
    return nodes_.capacity() * sizeof(NodeId) + holes_.size() * hole +
           holes_.bucket_count() * sizeof(void*);
  }

 private:
  static constexpr NodeId kNobody{UINT32_MAX};

  // A bucket that left. `left` is how many remained, and also who took its place: had
  // buckets 0 to `left` been at work, the one numbered `left` would have moved here.
  struct Hole {
    std::uint32_t left;
    std::uint32_t before;  // the hole made just before this one
  };

  [[nodiscard]] std::uint32_t buckets() const {
    return static_cast<std::uint32_t>(nodes_.size());
  }

  std::vector<NodeId> nodes_;  // a bucket's node, or nobody in a hole
  std::unordered_map<std::uint32_t, Hole>
      holes_;  // asked, never walked: order is no matter
  std::uint32_t last_hole_ = 0;
};

static_assert(Placement<MementoPlacement>);

}  // namespace kv
