#include "v4_replicated_kv/bench/zipf.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;
using namespace kv::bench;

namespace {

// The dumb twin: every rank's share, by the definition.
std::vector<double> shares_of(std::uint64_t ranks) {
  std::vector<double> shares(ranks);
  double zeta = 0;
  for (std::uint64_t i = 0; i < ranks; ++i) {
    shares[i] = std::pow(static_cast<double>(i + 1), -0.99);
    zeta += shares[i];
  }
  for (double& share : shares) share /= zeta;
  return shares;
}

// How far counts are from what was expected, over the freedom they have: about N(0, 1).
double strangeness(const std::vector<double>& expected,
                   const std::vector<std::uint64_t>& seen) {
  double chi_square = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double off = static_cast<double>(seen[i]) - expected[i];
    chi_square += off * off / expected[i];
  }
  const auto freedom = static_cast<double>(expected.size() - 1);
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

}  // namespace

TEST_CASE("every rank comes as often as Zipf's law says") {
  for (const std::uint64_t ranks : {2UL, 3UL, 10UL, 1000UL, 20'000UL}) {
    CAPTURE(ranks);
    constexpr std::uint64_t kDraws = 4'000'000;
    auto expected = shares_of(ranks);
    for (double& share : expected) share *= static_cast<double>(kDraws);
    std::vector<std::uint64_t> seen(ranks);
    const Zipf zipf(ranks);
    Rng rng(7);
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const std::uint64_t rank = zipf.next(rng);
      REQUIRE(rank < ranks);
      ++seen[rank];
    }
    CHECK(strangeness(expected, seen) < 5);
  }
}

TEST_CASE("of ten thousand million keys the first gets what YCSB's own constant says") {
  constexpr double kZeta = 26.46902820178302;  // ScrambledZipfianGenerator.ZETAN
  constexpr int kDraws = 1'000'000;
  const Zipf zipf(10'000'000'000);
  Rng rng(1);
  int first = 0;
  for (int i = 0; i < kDraws; ++i) first += zipf.next(rng) == 0 ? 1 : 0;
  const double expected = kDraws / kZeta;
  CHECK(std::abs(first - expected) < 5 * std::sqrt(expected));
}

TEST_CASE("a seed gives the same ranks on every machine") {
  const Zipf zipf(1'000'000);
  Rng rng(42);
  std::vector<std::uint64_t> ranks;
  for (int i = 0; i < 8; ++i) ranks.push_back(zipf.next(rng));
  CHECK(ranks ==
        std::vector<std::uint64_t>{27, 114'236, 22'131, 8831, 599'475, 3, 51'048, 11});
}

TEST_CASE("of one key it is always that one") {
  const Zipf zipf(1);
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) REQUIRE(zipf.next(rng) == 0);
}

TEST_CASE("scattering gives every number one place, and neighbours distant ones") {
  for (const std::uint64_t count : {1UL, 2UL, 3UL, 5UL, 64UL, 100UL, 1000UL, 65'537UL}) {
    CAPTURE(count);
    std::vector<bool> taken(count);
    std::uint64_t beside = 0;
    std::uint64_t before = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t place = scattered(i, count);
      REQUIRE(place < count);
      REQUIRE_FALSE(taken[place]);
      taken[place] = true;
      beside += place == before + 1 || before == place + 1 ? 1 : 0;
      before = place;
    }
    if (count >= 1000) CHECK(beside < 15);
  }
}
