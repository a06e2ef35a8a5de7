// The walk: which N nodes hold a key.
//
// Idea       the ring of chapter 3, and one step more: from the key go clockwise and take
//            the first N different *nodes*. A token of a node that is in the list already
//            is skipped, and past the last token the walk goes on at the first.
//            The list's first node is the key's owner of chapter 3.
// Zones      one node of each zone comes first, then a second of each, and so on: the
//            list is sorted by a node's rank within its zone, and clockwise among equals.
//            So N copies are in as many zones as there are, and as evenly as their sizes
//            allow.
// Breaks if  tokens are counted instead of nodes: "three copies" on three tokens of one
//            machine die together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "common/hash/hasher.hpp"
#include "common/ring/token_table.hpp"
#include "v4_replicated_kv/placement/member.hpp"

namespace kv {

// Immutable: any number of threads may ask one.
class PreferenceWalk {
 public:
  // Over these members, with `vnodes` tokens for a weight of 1. bad_input where
  // check_members says so, above all for more copies than members; or for more tokens
  // than kTokensMax.
  [[nodiscard]] static Result<PreferenceWalk> over(std::span<const Member> members,
                                                   std::size_t copies, const Hasher& hash,
                                                   std::uint64_t vnodes);

  // Fills `out` with different nodes, in the order in which they are asked for the key. N
  // of them are its copies; a longer list, up to all members, has further the nodes that
  // would stand in for them.
  void owners(KeyHash key, std::span<NodeId> out) const;

  // The N that was asked for, which is at most size().
  [[nodiscard]] std::size_t copies() const { return copies_; }
  [[nodiscard]] std::size_t size() const { return members_; }
  [[nodiscard]] const TokenTable& table() const { return table_; }

 private:
  PreferenceWalk(std::span<const Member> members, std::size_t copies);

  void number_zones(std::span<const Member> members);
  [[nodiscard]] std::size_t walk_round(std::size_t from, std::span<NodeId> out,
                                       std::size_t found, std::size_t most) const;

  std::size_t copies_;
  std::size_t members_;
  TokenTable table_;
  std::vector<std::uint16_t> zone_of_;     // a node's zone, by id
  std::vector<std::size_t> zones_within_;  // [r] = zones that have more than r nodes
};

}  // namespace kv
