// The partition table as the experiment wants it: taken from state to state, and shown as
// arcs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>

#include "common/base/check.hpp"
#include "common/experiment/copies.hpp"
#include "common/experiment/setup.hpp"
#include "v4_replicated_kv/demo/walk_copies.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/placement/rebalance.hpp"

namespace kv {

class TableCopies {
 public:
  explicit TableCopies(const Setup& setup) : setup_(setup) {}

  // The first table comes from the walk, each other one from the table before.
  void enter(const ClusterState& state) {
    if (state.action == Action::down || state.action == Action::up) return;
    const auto members = members_of(state);
    if (table_) {
      table_ = rebalanced(*table_, members);
      return;
    }
    const auto walk =
        PreferenceWalk::over(members, setup_.replicas, setup_.hash, setup_.vnodes);
    KV_CHECK(walk.has_value(), "states are checked before the first one is entered");
    table_ = first_table(*walk, members, kPartitionsDefault);
  }

  void owners(KeyHash key, std::span<NodeId> out) const {
    std::ranges::copy(table_->owners(key), out.begin());
  }

  // The last position of each partition.
  [[nodiscard]] auto arc_ends() const {
    constexpr std::uint64_t kPositions = std::uint64_t{1} << 48;
    const std::uint64_t width = kPositions / table_->partitions();
    return std::views::iota(std::uint64_t{1}, table_->partitions() + 1) |
           std::views::transform(
               [=](std::uint64_t next) { return Token{next * width - 1}; });
  }

  // As it is sent: two bytes a copy hold any node.
  [[nodiscard]] std::size_t bytes() const {
    return table_->rows().size() * sizeof(std::uint16_t);
  }

 private:
  Setup setup_;
  std::optional<PartitionTable> table_;  // none before the first state
};

static_assert(CopyPlacement<TableCopies>);

}  // namespace kv
