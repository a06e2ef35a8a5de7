// What the cluster agrees on: an epoch, its members, and who holds what.
//
// Idea       a change makes another state with the next epoch number. A state never
//            changes, so whoever has one can use it without asking, and two nodes that
//            name the same epoch mean the same thing.
// Breaks if  two changes are made of one state: both would be the same epoch. Who may
//            make the next one is for membership to agree on, not decided here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// For life: copies, partitions and policy are chosen once.
struct RingState {
  Epoch epoch;
  Policy policy;
  NodeId next_id;  // for the next that joins; ids of those that left stay unused
  std::vector<Member> members;  // by id
  PartitionTable table;

  // Null where nobody has that name, or that id.
  [[nodiscard]] const Member* find(std::string_view name) const;
  [[nodiscard]] const Member* find(NodeId id) const;

  friend bool operator==(const RingState&, const RingState&) = default;
};

// The ring of a cluster that nobody has founded, or found: without members.
[[nodiscard]] RingState nobodys_ring();

// A member before it has an id.
struct Newcomer {
  std::string name;
  double weight = 1;
  std::string zone = {};
};

struct RingPlan {
  std::size_t copies = 3;  // N
  std::size_t partitions = kPartitionsDefault;
  Policy policy = Policy::last_write_wins;
  std::uint64_t vnodes = 160;  // tokens for a weight of 1 on the walk to the first table
  friend bool operator==(const RingPlan&, const RingPlan&) = default;
};

// Epoch 1. bad_input, with a sentence that says who or what, for what check_members
// refuses (fewer nodes than copies, above all), more members than a table takes, or a
// plan that makes no table.
[[nodiscard]] Result<RingState> found_ring(std::span<const Newcomer> newcomers,
                                           const RingPlan& plan);

// The next epoch, with one change. bad_input as above; not_found for a name that nobody
// has. conflict for a leave after which there would be fewer nodes than copies.
[[nodiscard]] Result<RingState> with_joined(const RingState& before,
                                            const Newcomer& newcomer);
[[nodiscard]] Result<RingState> with_left(const RingState& before, std::string_view name);
[[nodiscard]] Result<RingState> with_weight(const RingState& before,
                                            std::string_view name, double weight);

}  // namespace kv
