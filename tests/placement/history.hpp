// Clusters that change at random, step by step, from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/rng.hpp"
#include "common/hash/functions.hpp"
#include "tests/placement/random_members.hpp"
#include "v4_replicated_kv/placement/rebalance.hpp"

namespace kv {

inline PartitionTable table_from_walk(const std::vector<Member>& members,
                                      std::size_t copies, std::size_t partitions,
                                      std::uint64_t seed = 0) {
  const auto walk = PreferenceWalk::over(members, copies, Hasher(&xxh3, seed), 16);
  return first_table(walk.value(), members, partitions);
}

class RingHistory {
 public:
  struct Shape {
    RandomMembers members;
    std::size_t copies = 3;
    std::size_t partitions = 64;
  };

  RingHistory(std::uint64_t seed, const Shape& shape)
      : rng_(seed),
        shape_(shape),
        members_(random_members(rng_, shape.members)),
        next_(static_cast<std::uint32_t>(members_.size())),
        table_(table_from_walk(members_, shape.copies, shape.partitions, seed)) {}

  // One join, leave, change of weight (where weights differ) or of zone (where there are
  // some); now and then two at once.
  // Returns the table before it.
  PartitionTable step() {
    change();
    if (rng_.below(8) == 0) change();
    PartitionTable before = table_;
    table_ = rebalanced(before, members_);
    return before;
  }

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] const PartitionTable& table() const { return table_; }
  Rng& rng() { return rng_; }

 private:
  void change() {
    const std::uint64_t kind = rng_.below(8);
    const std::size_t at = rng_.below(members_.size());
    const Member other = random_member(rng_, 0, shape_.members);
    if (kind < 3 && members_.size() > shape_.copies) {
      members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (kind == 3 && shape_.members.weighted) {
      members_[at].node.weight = other.node.weight;
    } else if (kind == 4 && shape_.members.zones > 0) {
      members_[at].zone = other.zone;
    } else {
      members_.push_back(random_member(rng_, next_++, shape_.members));
    }
  }

  Rng rng_;
  Shape shape_;
  std::vector<Member> members_;
  std::uint32_t next_;
  PartitionTable table_;
};

}  // namespace kv
