#include "v4_replicated_kv/placement/ring_state.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/hash/functions.hpp"
#include "v4_replicated_kv/placement/rebalance.hpp"
#include "v4_replicated_kv/placement/walk.hpp"

namespace kv {

namespace {

Member member_of(const Newcomer& newcomer, NodeId id) {
  return {.node = {.id = id, .name = newcomer.name, .weight = newcomer.weight},
          .zone = newcomer.zone};
}

Result<void> check_ring(std::span<const Member> members, std::size_t copies) {
  if (members.size() > kMembersMax) {
    return fail(Errc::bad_input,
                fmt::format("{} nodes are more than a table takes, {}; leave some out",
                            members.size(), kMembersMax));
  }
  return check_members(members, copies);
}

Result<void> check_plan(const RingPlan& plan) {
  if (plan.copies > kCopiesMax) {
    return fail(Errc::bad_input,
                fmt::format("{} copies: a key has 1 to {}", plan.copies, kCopiesMax));
  }
  if (!std::has_single_bit(plan.partitions) || plan.partitions < 2 ||
      plan.partitions > kPartitionsMax) {
    return fail(Errc::bad_input,
                fmt::format("{} partitions: takes a power of two from 2 to {}",
                            plan.partitions, kPartitionsMax));
  }
  return {};
}

Result<RingState> next_epoch(const RingState& before, std::vector<Member> members,
                             NodeId next_id) {
  if (auto checked = check_ring(members, before.table.copies()); !checked) {
    return std::unexpected(checked.error());
  }
  PartitionTable table = rebalanced(before.table, members);
  return RingState{.epoch = Epoch{before.epoch.raw() + 1},
                   .policy = before.policy,
                   .next_id = next_id,
                   .members = std::move(members),
                   .table = std::move(table)};
}

Result<std::size_t> place_of(const RingState& state, std::string_view name) {
  const Member* const member = state.find(name);
  if (member == nullptr) {
    return fail(Errc::not_found, fmt::format("node {}: is not a member in epoch {}",
                                             printable(name), state.epoch.raw()));
  }
  return static_cast<std::size_t>(member - state.members.data());
}

}  // namespace

const Member* RingState::find(std::string_view name) const {
  const auto at = std::ranges::find(members, name,
                                    [](const auto& member) { return member.node.name; });
  return at == members.end() ? nullptr : &*at;
}

const Member* RingState::find(NodeId id) const {
  const auto at = std::ranges::lower_bound(members, id, {},
                                           [](auto& member) { return member.node.id; });
  return at == members.end() || at->node.id != id ? nullptr : &*at;
}

Result<RingState> found_ring(std::span<const Newcomer> newcomers, const RingPlan& plan) {
  if (auto checked = check_plan(plan); !checked) return std::unexpected(checked.error());
  std::vector<Member> members;
  std::uint32_t id = 0;
  for (const Newcomer& newcomer : newcomers) {
    members.push_back(member_of(newcomer, NodeId{id++}));
  }
  if (auto checked = check_ring(members, plan.copies); !checked) {
    return std::unexpected(checked.error());
  }
  const auto walk =
      PreferenceWalk::over(members, plan.copies, Hasher(&xxh3), plan.vnodes);
  if (!walk) return std::unexpected(walk.error());
  PartitionTable table = first_table(*walk, members, plan.partitions);
  return RingState{.epoch = Epoch{1},
                   .policy = plan.policy,
                   .next_id = NodeId{id},
                   .members = std::move(members),
                   .table = std::move(table)};
}

RingState nobodys_ring() {
  return {.epoch = Epoch{0},
          .policy = Policy::last_write_wins,
          .next_id = NodeId{0},
          .members = {},
          .table = PartitionTable(std::vector<NodeId>(2), 1)};
}

Result<RingState> with_joined(const RingState& before, const Newcomer& newcomer) {
  std::vector<Member> members = before.members;
  members.push_back(member_of(newcomer, before.next_id));
  return next_epoch(before, std::move(members), NodeId{before.next_id.raw() + 1});
}

Result<RingState> with_left(const RingState& before, std::string_view name) {
  const auto place = place_of(before, name);
  if (!place) return std::unexpected(place.error());
  if (before.members.size() == before.table.copies()) {
    return fail(
        Errc::conflict,
        fmt::format("node {}: is one of {} nodes, and keys have {} copies; add a "
                    "node first",
                    printable(name), before.members.size(), before.table.copies()));
  }
  std::vector<Member> members = before.members;
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(*place));
  return next_epoch(before, std::move(members), before.next_id);
}

Result<RingState> with_weight(const RingState& before, std::string_view name,
                              double weight) {
  const auto place = place_of(before, name);
  if (!place) return std::unexpected(place.error());
  std::vector<Member> members = before.members;
  members[*place].node.weight = weight;
  return next_epoch(before, std::move(members), before.next_id);
}

}  // namespace kv
