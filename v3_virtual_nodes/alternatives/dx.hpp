// DxHash.
//
// Idea      an array of slots, some of them in use. A key draws slot after slot from its
//           own endless random sequence; the first one in use is its owner.
// Good at   simplicity: even to chance, any node may leave, only its keys move, and the
//           order of leaving does not matter, until somebody joins again.
// Bad at    history: a newcomer takes the slot that became free last.
//           Empty slots: a look-up draws capacity / n times, so a small cluster in a
//           large array is slow. The array is fixed here: the paper doubles a full one,
//           which lets half of all keys find another slot first. No weights.
// Paper     Dong and Wang, "DxHash: a scalable consistent hashing based on the
//           pseudo-random sequence", 2021. It stops after a number of draws; here the
//           sequence comes past every slot in the end, so no stop is needed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "common/hash/finalise.hpp"
#include "common/placement.hpp"

namespace kv {

class DxPlacement {
 public:
  // Room for `capacity` nodes: a power of two, 1 to 65,536; more can never join.
  explicit DxPlacement(std::uint32_t capacity) : slots_(capacity, kUnused) {
    KV_CHECK(std::has_single_bit(capacity), "the capacity is a power of two");
    KV_CHECK(capacity <= 65536, "a node's id has 16 bits");
    for (std::uint32_t slot = capacity; slot > 0; --slot) unused_.push_back(slot - 1);
  }

  // Takes the slot that became free last, or the lowest that was never used.
  void add(const Node& node) {
    KV_CHECK(node.weight == 1, "DxHash knows no weights");
    KV_CHECK(!unused_.empty(), "all slots of the capacity are in use");
    slots_[unused_.back()] = node.id;
    unused_.pop_back();
  }

  void remove(NodeId node) {
    const auto slot = std::ranges::find(slots_, node);
    KV_CHECK(slot != slots_.end(), "only a member can leave");
    *slot = kUnused;
    unused_.push_back(static_cast<std::uint32_t>(slot - slots_.begin()));
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(unused_.size() < slots_.size(), "a cluster without nodes owns nothing");
    Rng draws(finalise(key.raw()));
    NodeId node = kUnused;
    while (node == kUnused) node = slots_[draws.next() & (slots_.size() - 1)];
    return node;
  }

  [[nodiscard]] std::size_t bytes() const { return slots_.capacity() * sizeof(NodeId); }

 private:
  static constexpr NodeId kUnused{UINT32_MAX};

  std::vector<NodeId> slots_;
  std::vector<std::uint32_t> unused_;  // a stack
};

static_assert(Placement<DxPlacement>);

}  // namespace kv
