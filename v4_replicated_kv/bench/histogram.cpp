#include "v4_replicated_kv/bench/histogram.hpp"

#include <algorithm>
#include <bit>

#include "common/base/check.hpp"

namespace kv::bench {

namespace {

constexpr int kBits = 7;  // of a value behind its first one
constexpr std::size_t kPerOctave = std::size_t{1} << kBits;
constexpr std::uint64_t kMost = (std::uint64_t{1} << 42) - 1;

std::size_t bucket_of(std::uint64_t ns) {
  ns = std::min(ns, kMost);
  const int shift = std::max(0, static_cast<int>(std::bit_width(ns)) - (kBits + 1));
  return static_cast<std::size_t>(shift) * kPerOctave +
         static_cast<std::size_t>(ns >> shift);
}

// The largest value that goes into it.
std::uint64_t last_of(std::size_t bucket) {
  if (bucket < 2 * kPerOctave) return bucket;
  const std::size_t shift = bucket / kPerOctave - 1;
  const std::uint64_t leading = bucket - shift * kPerOctave;
  return ((leading + 1) << shift) - 1;
}

}  // namespace

void Histogram::add(std::uint64_t ns) {
  if (buckets_.empty()) buckets_.resize(bucket_of(kMost) + 1);
  ++buckets_[bucket_of(ns)];
  ++count_;
  max_ = std::max(max_, ns);
  min_ = std::min(min_, ns);
  sum_ += static_cast<double>(ns);
}

void Histogram::add(const Histogram& other) {
  if (other.count_ == 0) return;
  if (buckets_.empty()) buckets_.resize(other.buckets_.size());
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
  sum_ += other.sum_;
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile(std::uint64_t of_a_million) const {
  KV_CHECK(of_a_million <= 1'000'000, "no more than all of them can be below a value");
  if (count_ == 0) return 0;
  constexpr std::uint64_t kMillion = 1'000'000;
  // Rounded up, in two parts, so that no count overflows.
  const std::uint64_t whole = count_ / kMillion * of_a_million;
  const std::uint64_t rest = (count_ % kMillion * of_a_million + kMillion - 1) / kMillion;
  const std::uint64_t wanted = std::max<std::uint64_t>(1, whole + rest);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted)
      return i + 1 == buckets_.size() ? max_ : std::min(last_of(i), max_);
  }
  return max_;
}

}  // namespace kv::bench
