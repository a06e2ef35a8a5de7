#include "v4_replicated_kv/bench/histogram.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;
using namespace kv::bench;

namespace {

// The dumb twin: the value at its place among all of them, sorted.
std::uint64_t percentile_of(const std::vector<std::uint64_t>& sorted,
                            std::uint64_t of_a_million) {
  const std::uint64_t at = (sorted.size() * of_a_million + 999'999) / 1'000'000;
  return sorted[std::max<std::uint64_t>(at, 1) - 1];
}

void check_percentiles(std::vector<std::uint64_t> values, const Histogram& histogram) {
  std::ranges::sort(values);
  REQUIRE(histogram.count() == values.size());
  CHECK(histogram.max() == values.back());
  CHECK(histogram.min() == values.front());
  for (const std::uint64_t p :
       {0UL, 1UL, 500'000UL, 900'000UL, 990'000UL, 999'000UL, 1'000'000UL}) {
    CAPTURE(p);
    const std::uint64_t exact = percentile_of(values, p);
    const std::uint64_t told = histogram.percentile(p);
    CHECK(told >= exact);
    CHECK(told - exact <= exact / 128);
  }
}

}  // namespace

TEST_CASE("a percentile is that of the sorted values, or up to 1/128 more") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<std::uint64_t> values(1 + rng.below(3000));
    const std::uint64_t bits = 1 + rng.below(41);  // of any size, up to half an hour
    Histogram histogram;
    for (std::uint64_t& value : values) {
      value = rng.below(std::uint64_t{1} << (1 + rng.below(bits)));
      histogram.add(value);
    }
    check_percentiles(values, histogram);
  }
}

TEST_CASE("histograms of threads add up to that of all values") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<std::uint64_t> values(1 + rng.below(300));
    std::vector<Histogram> parts(4);
    for (std::uint64_t& value : values) {
      value = rng.below(50'000'000);
      parts[rng.below(parts.size())].add(value);
    }
    Histogram all;
    for (const Histogram& part : parts) all.add(part);
    check_percentiles(values, all);
    double sum = 0;
    for (const std::uint64_t value : values) sum += static_cast<double>(value);
    CHECK(all.mean() == doctest::Approx(sum / static_cast<double>(values.size())));
  }
}

TEST_CASE("nothing measured is zero, and what is beyond all buckets is its maximum") {
  Histogram histogram;
  CHECK(histogram.percentile(500'000) == 0);
  CHECK(histogram.min() == 0);
  CHECK(histogram.mean() == 0);
  histogram.add(~std::uint64_t{0});
  CHECK(histogram.percentile(500'000) == ~std::uint64_t{0});
}
