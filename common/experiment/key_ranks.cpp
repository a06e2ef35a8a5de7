#include "common/experiment/key_ranks.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "common/base/check.hpp"
#include "common/hash/hasher.hpp"

namespace kv {

namespace {

constexpr int kPositionBits = 48;
constexpr int kBucketBitsMin = 16;  // so that the rest of a position has 32 bits at most
constexpr int kBucketBitsMax = 22;

// Two to four keys a bucket: with fewer, finding the bucket is a walk through memory.
unsigned shift_for(std::size_t keys) {
  const int bits = static_cast<int>(std::bit_width(keys)) - 2;
  return static_cast<unsigned>(kPositionBits -
                               std::clamp(bits, kBucketBitsMin, kBucketBitsMax));
}

}  // namespace

KeyRanks::KeyRanks(std::span<const KeyHash> keys)
    : shift_(shift_for(keys.size())),
      starts_((std::size_t{1} << (kPositionBits - shift_)) + 1),
      rests_(keys.size()) {
  KV_CHECK(keys.size() < UINT32_MAX, "ranks are 32 bits wide");
  // A counting sort: count, add up, and let each bucket's end move down to its start.
  for (const KeyHash key : keys) ++starts_[position(key).raw() >> shift_];
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  for (const KeyHash key : keys) {
    const Token at = position(key);
    rests_[--starts_[at.raw() >> shift_]] = rest_of(at);
  }
}

std::uint64_t KeyRanks::up_to(Token token) const {
  const auto bucket = token.raw() >> shift_;
  const std::uint64_t before = starts_[bucket];
  const std::uint32_t last = rest_of(token);
  std::uint64_t rank = before;
  for (std::uint64_t i = before; i < starts_[bucket + 1]; ++i) {
    rank += rests_[i] <= last ? 1 : 0;
  }
  return rank;
}

}  // namespace kv
