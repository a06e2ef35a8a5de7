#include "v4_replicated_kv/bench/zipf.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "common/base/check.hpp"

namespace kv::bench {

namespace {

double power_100(double x) {
  const double x2 = x * x;
  const double x4 = x2 * x2;
  const double x8 = x4 * x4;
  const double x16 = x8 * x8;
  const double x32 = x16 * x16;
  return x32 * x32 * x32 * x4;
}

// Of a number from 1 on. A guess from the exponent is good to a thousandth; Newton's steps
// then double the digits that are right.
double root_100(double x) {
  int exponent = 0;
  const double half_to_one = std::frexp(x, &exponent);
  const double log2 = exponent - 1 + (2 * half_to_one - 1);
  const double t = log2 * std::numbers::ln2 / 100;
  double root = 1 + t * (1 + t / 2 * (1 + t / 3 * (1 + t / 4)));
  for (int step = 0; step < 5; ++step) root *= (99 + x / power_100(root)) / 100;
  return root;
}

}  // namespace

void Zipf::resize(std::uint64_t ranks) {
  KV_CHECK(ranks > 0, "nobody can ask for one of no keys");
  ranks_ = ranks;
  // The integral of x^-0.99 is 100 (root(x) - 1), and everything below is divided by 100.
  low_ = root_100(1.5) - 0.01;
  high_ = root_100(static_cast<double>(ranks) + 0.5);
  sure_ = 2 - power_100(root_100(2.5) - root_100(2) / 200);
}

std::uint64_t Zipf::next(Rng& rng) const {
  for (;;) {
    const double point = high_ + fraction(rng) * (low_ - high_);
    const double x = power_100(point);
    const auto near = static_cast<std::uint64_t>(std::max(x + 0.5, 1.0));
    const std::uint64_t rank = std::min(near, ranks_);
    const auto k = static_cast<double>(rank);
    if (k - x <= sure_ || point >= root_100(k + 0.5) - root_100(k) / (100 * k)) {
      return rank - 1;
    }
  }
}

std::uint64_t scattered(std::uint64_t number, std::uint64_t count) {
  KV_CHECK(number < count, "only numbers below the count have a place");
  // A permutation of the next power of two, walked until it comes back below the count.
  const int bits = std::max(1, static_cast<int>(std::bit_width(count - 1)));
  const std::uint64_t mask =
      bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const int half = (bits + 1) / 2;
  do {
    number = (number + 0x9E3779B97F4A7C15) & mask;
    number ^= number >> half;
    number = (number * 0xFF51AFD7ED558CCD) & mask;
    number ^= number >> half;
    number = (number * 0xC4CEB9FE1A85EC53) & mask;
    number ^= number >> half;
  } while (number >= count);
  return number;
}

}  // namespace kv::bench
