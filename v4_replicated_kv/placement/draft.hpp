// A table while it is being changed: the rows as they were and as they are becoming.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/placement/quota.hpp"

namespace kv {

// A member's place in the list of members; rows are written in places.
using Place = std::uint16_t;
inline constexpr Place kNobody = 0xFFFF;  // held by one who left

class Draft {
 public:
  // Keeps references to all three.
  Draft(const PartitionTable& before, std::span<const Member> members,
        const Quota& quota);

  // Fills what those who left held, and brings every row's zones within their bounds,
  // with as few new nodes as this row takes.
  void fit_rows();

  // Puts `to`, who is not in the row, where `from` is.
  void replace(std::size_t partition, Place from, Place to) {
    *std::ranges::find(row_of(partition), from) = to;
    if (from != kNobody) --held_[from];
    if (to != kNobody) ++held_[to];
  }

  // Makes `to`, who is in the row, its primary.
  void promote(std::size_t partition, Place to) {
    const std::span<Place> row = row_of(partition);
    std::swap(row.front(), *std::ranges::find(row, to));
  }

  [[nodiscard]] std::span<const Place> row(std::size_t partition) const {
    return std::span(rows_).subspan(partition * copies_, copies_);
  }
  // The row as it was.
  [[nodiscard]] std::span<const Place> old_row(std::size_t partition) const {
    return std::span(old_rows_).subspan(partition * copies_, copies_);
  }
  [[nodiscard]] std::size_t partitions() const { return rows_.size() / copies_; }
  [[nodiscard]] const std::vector<std::size_t>& held() const { return held_; }
  [[nodiscard]] const Quota& quota() const { return quota_; }

  [[nodiscard]] PartitionTable table() const;

 private:
  [[nodiscard]] std::span<Place> row_of(std::size_t partition) {
    return std::span(rows_).subspan(partition * copies_, copies_);
  }
  [[nodiscard]] double lack(Place member) const {
    return quota_.share[member] - static_cast<double>(held_[member]);
  }
  void count_zones(std::size_t partition);
  void evict_one(std::size_t partition, bool from_full_zones);
  void admit_one(std::size_t partition, bool to_empty_zones);

  std::span<const Member> members_;
  const Quota& quota_;
  std::size_t copies_;
  std::vector<Place> old_rows_, rows_;
  std::vector<std::size_t> held_;     // copies, by member
  std::vector<std::size_t> in_zone_;  // of the row at hand: copies by zone
};

}  // namespace kv
