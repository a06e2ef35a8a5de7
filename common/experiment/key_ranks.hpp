// How many keys lie up to a place on the ring, in the time of one look-up.
//
// The keys' positions are put into buckets once, a few to a bucket; after that the load of
// an arc is the difference of two ranks, whatever the ring. So a trial costs the ring's
// tokens, not the keys, and still counts the reader's own keys exactly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/strong.hpp"

namespace kv {

class KeyRanks {
 public:
  // Takes about 6 bytes a key, of which there are fewer than 2^32. Immutable afterwards;
  // any thread may read.
  explicit KeyRanks(std::span<const KeyHash> keys);

  // Keys whose position is at or before `token`. A bucket with many keys (equal ones, or a
  // weak hash) is counted through: rare, as tokens fall on buckets evenly.
  [[nodiscard]] std::uint64_t up_to(Token token) const;

  [[nodiscard]] std::uint64_t size() const { return rests_.size(); }

 private:
  // What a position is beside its bucket: its lower `shift_` bits.
  [[nodiscard]] std::uint32_t rest_of(Token at) const {
    return static_cast<std::uint32_t>(at.raw() & ((std::uint64_t{1} << shift_) - 1));
  }

  unsigned shift_;                     // a position's bucket is position >> shift_
  std::vector<std::uint32_t> starts_;  // of each bucket, and the end of the last
  std::vector<std::uint32_t> rests_;   // of all positions, by bucket
};

}  // namespace kv
