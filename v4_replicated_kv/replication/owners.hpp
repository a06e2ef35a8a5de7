// The owners of one key, and sets of them.
//
// Idea      owners are called by their place in the row, so that a set of them is a word.
// Breaks if  answers are counted instead of owners: a packet that came twice would be a
//            second copy.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/check.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"

namespace kv {

// In the order of preference, by place: 0 to size() - 1. At most kCopiesMax nodes, each once.
class Owners {
 public:
  explicit Owners(std::span<const NodeId> nodes) : size_(nodes.size()) {
    KV_CHECK(size_ <= kCopiesMax, "a row has 1 to 16 nodes");
    for (std::size_t i = 0; i < size_; ++i) nodes_[i] = nodes[i];
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] NodeId at(std::size_t place) const { return nodes_[place]; }
  // None for a node that does not own the key.
  [[nodiscard]] std::optional<std::size_t> place_of(NodeId node) const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (nodes_[i] == node) return i;
    }
    return std::nullopt;
  }

 private:
  std::array<NodeId, kCopiesMax> nodes_{};
  std::size_t size_;
};

// A set of places, all below kCopiesMax. Adding one twice is adding it once.
class OwnerSet {
 public:
  void add(std::size_t place) { bits_ |= std::uint32_t{1} << place; }
  void remove(std::size_t place) { bits_ &= ~(std::uint32_t{1} << place); }
  [[nodiscard]] bool has(std::size_t place) const { return ((bits_ >> place) & 1U) != 0; }
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(std::popcount(bits_));
  }
  friend OwnerSet operator|(OwnerSet left, OwnerSet right) {
    left.bits_ |= right.bits_;
    return left;
  }
  friend OwnerSet operator&(OwnerSet left, OwnerSet right) {
    left.bits_ &= right.bits_;
    return left;
  }

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace kv
