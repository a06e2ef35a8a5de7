#include "v4_replicated_kv/bench/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;
using namespace kv::bench;

namespace {

std::vector<Ns> arrivals(Arrivals how, double rate, std::size_t threads, Ns begin,
                         Ns end) {
  std::vector<Ns> all;
  for (std::size_t t = 0; t < threads; ++t) {
    Schedule schedule(how, rate, t, threads, begin, Rng(t + 1));
    for (; schedule.next() < end; schedule.advance()) all.push_back(schedule.next());
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_CASE("threads that share a rate arrive at even distances, and do not drift") {
  for (const std::size_t threads : {1UL, 3UL, 4UL}) {
    CAPTURE(threads);
    const auto all = arrivals(Arrivals::even, 3000, threads, 500, 500 + 100'000'000'000);
    REQUIRE(all.size() == 300'000);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double exact = 500 + static_cast<double>(i) * 1e9 / 3000;
      REQUIRE(std::abs(static_cast<double>(all[i]) - exact) <= 2);
    }
  }
}

TEST_CASE("random arrivals have the rate, and the gaps of a Poisson process") {
  const auto all = arrivals(Arrivals::random, 1000, 4, 0, 200'000'000'000);
  const double expected = 200'000;
  CHECK(std::abs(static_cast<double>(all.size()) - expected) < 5 * std::sqrt(expected));
  // Of exponential gaps, e^-x are longer than x times their mean.
  for (const double x : {0.1, 0.5, 1.0, 2.0, 4.0}) {
    CAPTURE(x);
    double longer = 0;
    for (std::size_t i = 1; i < all.size(); ++i) {
      longer += static_cast<double>(all[i] - all[i - 1]) > x * 1e6 ? 1 : 0;
    }
    const double share = std::exp(-x);
    const auto gaps = static_cast<double>(all.size() - 1);
    CHECK(std::abs(longer - share * gaps) < 5 * std::sqrt(share * gaps));
  }
}

TEST_CASE("an exponential without a logarithm has its mean and its spread") {
  Rng rng(5);
  constexpr int kDraws = 1'000'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = exponential(rng);
    sum += x;
    squares += x * x;
  }
  CHECK(sum / kDraws == doctest::Approx(1).epsilon(0.005));
  CHECK(squares / kDraws == doctest::Approx(2).epsilon(0.015));
}
