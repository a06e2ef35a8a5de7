// How often each latency was seen, in 36 KiB however many there were.
//
//   nanoseconds   0 1 2 ... 255 | 256-257 258-259 ... 510-511 | 512-515 ... | ... | 73 minutes
//                 exactly         128 buckets an octave, each twice as wide as before
//
// Idea      a bucket is at most 1/128 of its values wide, so a percentile is told at most
//           0.8 % too high, and never too low. Histograms of threads add up; averages of
//           percentiles would mean nothing.
// Source    the layout of HdrHistogram (Gil Tene).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kv::bench {

class Histogram {
 public:
  void add(std::uint64_t ns);
  void add(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Exactly; 0 where there are none.
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] double mean() const;

  // The least value that this many of a million are at or below, or up to 1/128 more; 0
  // where there are none.
  [[nodiscard]] std::uint64_t percentile(std::uint64_t of_a_million) const;

 private:
  std::vector<std::uint64_t> buckets_;  // none until there is a value
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  double sum_ = 0;
};

}  // namespace kv::bench
