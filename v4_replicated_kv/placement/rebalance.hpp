// How a table changes: fair again, with as few copies moved as that takes.
//
//   1. Every row is mended by itself: what a leaving node held goes to members that lack
//      most, and zones are spread.
//   2. Copies go from those above their share to those below, cheapest first: a copy that
//      moves costs 1, one that had moved already costs nothing more, and one that comes
//      home gives the 1 back (hand_over.hpp).
//   3. The same for primaries, within the rows: roles, so nothing is sent.
//
// Promise    after any history each member holds its share (quota.hpp) to within one
//            copy, and its share of primaries to within one; and no table that keeps the
//            rules needs fewer moves. So where all weights are equal and nobody named a
//            zone, one that joins takes just its share, and nothing moves between the
//            others.
// Breaks if  two nodes compute it from different tables. One does; the others are sent
//            what it found.
#pragma once

#include <cstddef>
#include <span>

#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/placement/walk.hpp"

namespace kv {

// The first table of a cluster: what the walk says for each partition's first hash, made
// fair. The members are the walk's.
[[nodiscard]] PartitionTable first_table(const PreferenceWalk& walk,
                                         std::span<const Member> members,
                                         std::size_t partitions);

// The table for these members, who may differ from those of `before` in any way: joined,
// left, other weights, other zones. At least before.copies(), at most kMembersMax of
// them, as check_members allows. The same arguments give the same table, on any machine.
[[nodiscard]] PartitionTable rebalanced(const PartitionTable& before,
                                        std::span<const Member> members);

}  // namespace kv
