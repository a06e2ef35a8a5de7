// The fewest moves from one table to any fair one, found without the code under test: a
// flow of least cost through the whole network, from nothing.
//
//   source -> member -> zone in row -> row -> sink
//
// A member takes its share, gives at most 1 to a row, and that costs 1 where it was not
// in the row before; a row's zones have their bounds, and a row has N. What must flow at
// least earns so much that no cheapest flow leaves it out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/placement/quota.hpp"

namespace kv {

// Primal-dual: distances by Bellman and Ford, then all that flows along shortest paths.
class CheapestFlow {
 public:
  explicit CheapestFlow(std::size_t vertices) : arcs_of_(vertices) {}

  void arc(std::size_t from, std::size_t to, std::size_t room, std::int64_t cost) {
    if (room == 0) return;
    arcs_of_[from].push_back(arcs_.size());
    arcs_.push_back({to, static_cast<std::int64_t>(room), cost});
    arcs_of_[to].push_back(arcs_.size());
    arcs_.push_back({from, 0, -cost});
  }

  // The cost of the largest flow; its size is in flowed().
  std::int64_t cost(std::size_t source, std::size_t sink) {
    std::int64_t sum = 0;
    while (measure(source, sink)) {
      std::int64_t pushed = 0;
      do {
        visited_.assign(arcs_of_.size(), false);
        next_.assign(arcs_of_.size(), 0);
        pushed = push(source, sink, INT64_MAX);
        sum += pushed * distance_[sink];
        flowed_ += pushed;
      } while (pushed > 0);
    }
    return sum;
  }
  [[nodiscard]] std::int64_t flowed() const { return flowed_; }

 private:
  struct Arc {
    std::size_t to;
    std::int64_t room, cost;
  };

  bool measure(std::size_t source, std::size_t sink) {
    distance_.assign(arcs_of_.size(), INT64_MAX);
    std::vector<bool> waiting(arcs_of_.size());
    std::deque<std::size_t> queue{source};
    distance_[source] = 0;
    while (!queue.empty()) {
      const std::size_t at = queue.front();
      queue.pop_front();
      waiting[at] = false;
      for (const std::size_t id : arcs_of_[at]) {
        const Arc& arc = arcs_[id];
        if (arc.room == 0 || distance_[at] + arc.cost >= distance_[arc.to]) continue;
        distance_[arc.to] = distance_[at] + arc.cost;
        if (!waiting[arc.to]) queue.push_back(arc.to);
        waiting[arc.to] = true;
      }
    }
    return distance_[sink] != INT64_MAX;
  }

  std::int64_t push(std::size_t at, std::size_t sink, std::int64_t most) {
    if (at == sink) return most;
    visited_[at] = true;
    std::int64_t pushed = 0;
    for (std::size_t& i = next_[at]; i < arcs_of_[at].size(); ++i) {
      const std::size_t id = arcs_of_[at][i];
      const auto [to, room, cost] = arcs_[id];
      if (room == 0 || visited_[to] || distance_[at] + cost != distance_[to]) continue;
      const std::int64_t more = push(to, sink, std::min(most - pushed, room));
      arcs_[id].room -= more;
      arcs_[id ^ 1U].room += more;
      pushed += more;
      if (pushed == most) break;
    }
    // On the way again for others, if all that was asked for went through.
    visited_[at] = pushed < most;
    return pushed;
  }

  std::vector<std::vector<std::size_t>> arcs_of_;
  std::vector<Arc> arcs_;
  std::vector<std::int64_t> distance_;
  std::vector<bool> visited_;
  std::vector<std::size_t> next_;
  std::int64_t flowed_ = 0;
};

// The fewest moves, or -1 if no table keeps all the rules.
inline std::int64_t least_moves(const PartitionTable& before,
                                std::span<const Member> members, const Quota& quota) {
  constexpr std::int64_t kMust = 1'000'000;
  const std::size_t rows = before.partitions();
  const std::size_t zones = quota.zone_in_row.size();
  const std::size_t first_zone = 2 + members.size();
  const std::size_t first_row = first_zone + rows * zones;
  CheapestFlow flow(first_row + rows);
  std::int64_t musts = 0;
  const auto bounded = [&](std::size_t from, std::size_t to, Between bounds) {
    flow.arc(from, to, bounds.least, -kMust);
    flow.arc(from, to, bounds.most - bounds.least, 0);
    musts += static_cast<std::int64_t>(bounds.least);
  };
  for (std::size_t i = 0; i < members.size(); ++i) bounded(0, 2 + i, quota.copies[i]);
  for (std::size_t p = 0; p < rows; ++p) {
    const auto row = before.owners(PartitionId{static_cast<std::uint32_t>(p)});
    for (std::size_t i = 0; i < members.size(); ++i) {
      const bool had = std::ranges::find(row, members[i].node.id) != row.end();
      flow.arc(2 + i, first_zone + p * zones + quota.zone_of[i], 1, had ? 0 : 1);
    }
    for (std::size_t z = 0; z < zones; ++z) {
      bounded(first_zone + p * zones + z, first_row + p, quota.zone_in_row[z]);
    }
    flow.arc(first_row + p, 1, before.copies(), 0);
  }
  const std::int64_t moved = flow.cost(0, 1) + kMust * musts;
  const auto all = static_cast<std::int64_t>(rows * before.copies());
  return flow.flowed() == all && moved <= all ? moved : -1;
}

}  // namespace kv
