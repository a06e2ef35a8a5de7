#include "v4_replicated_kv/placement/partition_table.hpp"

#include <algorithm>

namespace kv {

namespace {

bool contains(std::span<const NodeId> row, NodeId node) {
  return std::ranges::find(row, node) != row.end();
}

}  // namespace

std::vector<Move> moves(const PartitionTable& before, const PartitionTable& after) {
  KV_CHECK(before.partitions() == after.partitions() && before.copies() == after.copies(),
           "the shape of a table is for life");
  std::vector<Move> all;
  for (std::uint32_t p = 0; p < before.partitions(); ++p) {
    const PartitionId partition{p};
    const auto old_row = before.owners(partition);
    const auto new_row = after.owners(partition);
    // As many leave a row as enter it: the next that left hands over to the next that
    // came.
    std::size_t next = 0;
    for (const NodeId to : new_row) {
      if (contains(old_row, to)) continue;
      while (contains(new_row, old_row[next])) ++next;
      all.push_back({.partition = partition, .from = old_row[next++], .to = to});
    }
  }
  return all;
}

}  // namespace kv
