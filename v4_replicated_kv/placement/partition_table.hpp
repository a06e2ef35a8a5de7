// The partition table: the hash space in Q equal parts, and who holds each.
//
//     hash   1011 0110 ...     a partition is the top log2(Q) bits: one shift
//             |
//     row    [ n7 | n2 | n9 ]  N different nodes, the first one the primary
//
// Idea       a look-up is one shift and one row. Balance is counting: a node holds so
//            many rows, not the sum of random arcs. Q never changes; rows do.
// Breaks if  two nodes have different tables. A table depends on its history, so it
//            cannot be worked out anew: it is sent, as part of an epoch.
// Left out   how a row gets its nodes: rebalance.hpp.
#pragma once

#include <bit>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// What a table may be: a power of two of rows, 2 to so many; 1 to so many copies; and so
// many members, as a change compares each with each.
inline constexpr std::size_t kPartitionsMax = 65'536;
inline constexpr std::size_t kPartitionsDefault = 4096;
inline constexpr std::size_t kCopiesMax = 16;
inline constexpr std::size_t kMembersMax = 1024;

// Immutable: any number of threads may read one.
class PartitionTable {
 public:
  // Of `copies` nodes a row, row after row; the number of rows is a power of two.
  PartitionTable(std::vector<NodeId> rows, std::size_t copies)
      : rows_(std::move(rows)), copies_(copies) {
    KV_CHECK(copies_ >= 1 && copies_ <= kCopiesMax, "a row has 1 to 16 nodes");
    KV_CHECK(rows_.size() % copies_ == 0, "rows are of one length");
    KV_CHECK(std::has_single_bit(partitions()) && partitions() >= 2 &&
                 partitions() <= kPartitionsMax,
             "a table has a power of two of rows");
    shift_ = 64U - static_cast<unsigned>(std::countr_zero(partitions()));
  }

  [[nodiscard]] PartitionId partition(KeyHash key) const {
    return PartitionId{static_cast<std::uint32_t>(key.raw() >> shift_)};
  }
  // The smallest hash that lies in the partition.
  [[nodiscard]] KeyHash first_hash(PartitionId partition) const {
    return KeyHash{std::uint64_t{partition.raw()} << shift_};
  }

  // The nodes that hold a key, the primary first; valid as long as the table.
  [[nodiscard]] std::span<const NodeId> owners(KeyHash key) const {
    return {rows_.data() + copies_ * (key.raw() >> shift_), copies_};
  }
  [[nodiscard]] std::span<const NodeId> owners(PartitionId partition) const {
    return {rows_.data() + copies_ * partition.raw(), copies_};
  }

  [[nodiscard]] std::size_t partitions() const { return rows_.size() / copies_; }
  [[nodiscard]] std::size_t copies() const { return copies_; }

  // All rows, one after the other.
  [[nodiscard]] std::span<const NodeId> rows() const { return rows_; }

  friend bool operator==(const PartitionTable&, const PartitionTable&) = default;

 private:
  std::vector<NodeId> rows_;
  std::size_t copies_;
  unsigned shift_ = 0;
};

// A copy that one node hands to another. `from` need not be alive: then the others of the
// row have the data.
struct Move {
  PartitionId partition;
  NodeId from, to;
  friend bool operator==(const Move&, const Move&) = default;
};

// What has to be sent to get from one table to the next of the same shape, by partition.
// A row whose nodes only change places moves nothing.
[[nodiscard]] std::vector<Move> moves(const PartitionTable& before,
                                      const PartitionTable& after);

}  // namespace kv
