#include "common/experiment/key_ranks.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "common/base/check.hpp"
#include "common/hash/hasher.hpp"

namespace kv {

namespace {

constexpr unsigned kPositionBits = 48;
constexpr unsigned kBucketBitsMax = 22;

}  // namespace

KeyRanks::KeyRanks(std::span<const KeyHash> keys) : positions_(keys.size()) {
  KV_CHECK(keys.size() < UINT32_MAX, "ranks are 32 bits wide");
  const auto bits = static_cast<unsigned>(std::bit_width(keys.size()));
  const unsigned bucket_bits = std::min(bits, kBucketBitsMax);
  shift_ = kPositionBits - bucket_bits;
  // A counting sort: count, add up, and let each bucket's end move down to its start.
  starts_.resize((std::size_t{1} << bucket_bits) + 1);
  for (const KeyHash key : keys) ++starts_[position(key).raw() >> shift_];
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  for (const KeyHash key : keys) {
    const std::uint64_t at = position(key).raw();
    positions_[--starts_[at >> shift_]] = at;
  }
}

std::uint64_t KeyRanks::up_to(Token token) const {
  const auto bucket = token.raw() >> shift_;
  const std::uint64_t before = starts_[bucket];
  const std::span same(positions_.data() + before, starts_[bucket + 1] - before);
  std::uint64_t rank = before;
  for (const std::uint64_t at : same) rank += at <= token.raw() ? 1 : 0;
  return rank;
}

}  // namespace kv
