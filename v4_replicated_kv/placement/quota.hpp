// What a fair table gives to each member: the rules, in numbers.
//
// Order      distinct nodes in a row, then zones, then shares, then the fewest moves. A
//            later rule never overrules an earlier one: so a zone of one small node still
//            gets a copy of every row if it takes that to have a copy in every zone.
// Always possible   dealing each node share / Q of every row keeps all the rules, in
//            fractions. They are the bounds of a flow, and a flow with whole bounds that
//            has a solution has a whole one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "v4_replicated_kv/placement/member.hpp"

namespace kv {

// Both included.
struct Between {
  std::size_t least = 0, most = 0;
};

// By the members' places in the list that it was made of, and by zones as numbered here.
struct Quota {
  std::vector<std::uint16_t> zone_of;  // a member's zone
  std::vector<Between> zone_in_row;    // a zone's copies of any one row
  std::vector<double> share;           // a member's copies, were they divisible
  std::vector<Between> copies;         // the whole numbers around the share
  std::vector<Between> primaries;      // and around its N-th part
};

// A share is proportional to weight, as far as `partitions` (one copy of each row) and
// the zones allow; what one may not have goes to the others, again by weight.
[[nodiscard]] Quota quota_of(std::span<const Member> members, std::size_t copies,
                             std::size_t partitions);

}  // namespace kv
