#include "common/experiment/key_ranks.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "common/hash/hasher.hpp"

namespace kv {

namespace {

constexpr unsigned kPositionBits = 48;
constexpr unsigned kBucketBitsMax = 22;

}  // namespace

KeyRanks::KeyRanks(std::span<const KeyHash> keys) : positions_(keys.size()) {
  std::ranges::transform(keys, positions_.begin(),
                         [](KeyHash key) { return position(key).raw(); });
  std::ranges::sort(positions_);
  // About one key a bucket, so that a look-up within one is a step or two.
  const auto bits = static_cast<unsigned>(std::bit_width(positions_.size()));
  const unsigned bucket_bits = std::min(bits, kBucketBitsMax);
  shift_ = kPositionBits - bucket_bits;
  starts_.resize((std::size_t{1} << bucket_bits) + 1);
  for (const std::uint64_t at : positions_) ++starts_[(at >> shift_) + 1];
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
}

std::uint64_t KeyRanks::up_to(Token token) const {
  const auto bucket = token.raw() >> shift_;
  const auto first = positions_.begin() + starts_[bucket];
  const auto last = positions_.begin() + starts_[bucket + 1];
  return static_cast<std::uint64_t>(std::upper_bound(first, last, token.raw()) -
                                    positions_.begin());
}

}  // namespace kv
