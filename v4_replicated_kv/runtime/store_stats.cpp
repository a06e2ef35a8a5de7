#include "v4_replicated_kv/runtime/store_stats.hpp"

#include <bit>

namespace kv {

namespace {

// The bucket's number: the position of the highest bit, and the three bits after it.
std::size_t bucket_of(std::uint64_t nanoseconds) {
  if (nanoseconds < 8) return nanoseconds;
  const auto high = static_cast<unsigned>(std::bit_width(nanoseconds)) - 1;
  return std::size_t{high} * 8 + ((nanoseconds >> (high - 3)) & 7);
}

// The largest time that it counts.
std::uint64_t limit_of(std::size_t bucket) {
  if (bucket < 8) return bucket;
  const auto high = static_cast<unsigned>(bucket / 8);
  const std::uint64_t step = std::uint64_t{1} << (high - 3);
  return (std::uint64_t{1} << high) + (bucket % 8 + 1) * step - 1;
}

}  // namespace

void LatencyCounts::add(std::uint64_t nanoseconds) {
  ++buckets_[bucket_of(nanoseconds)];
  ++count_;
}

std::uint64_t LatencyCounts::percentile(double share) const {
  const double wanted = share * static_cast<double>(count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets && count_ > 0; ++bucket) {
    seen += buckets_[bucket];
    if (seen > 0 && static_cast<double>(seen) >= wanted) return limit_of(bucket);
  }
  return 0;
}

}  // namespace kv
