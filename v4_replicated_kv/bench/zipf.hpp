// Some keys are asked for all the time, most hardly ever: Zipf's law, with YCSB's exponent.
//
//   P(rank) = 1/(rank+1)^0.99 / zeta      of a million keys, the first takes 1 of 15 requests
//
// Idea      exact for any number of keys, without a table: a point under a smooth hat over
//           the bars, and another try where it is above its bar. With this exponent the
//           hat's integral is a 100th root, and the way back a 100th power: multiplications
//           only, so a seed gives the same keys on every machine.
// Breaks if  hot ranks are neighbours: they would share a partition where keys are ranges.
//           `scattered` puts ranks in another order, each at one place; YCSB's own hashing
//           lets some ranks share a key.
// Source    Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone
//           discrete distributions", ACM TOMACS 6(3), 1996. YCSB's exponent: Cooper et al.,
//           "Benchmarking cloud serving systems with YCSB", SoCC 2010.
#pragma once

#include <cstdint>

#include "common/base/rng.hpp"

namespace kv::bench {

class Zipf {
 public:
  // Of at least one rank.
  explicit Zipf(std::uint64_t ranks) { resize(ranks); }

  // As if made anew: costs a root, so it may follow keys that are inserted.
  void resize(std::uint64_t ranks);

  // A rank, 0 being the hottest.
  [[nodiscard]] std::uint64_t next(Rng& rng) const;

 private:
  std::uint64_t ranks_ = 1;
  double low_ = 0;  // roots between which a point is chosen
  double high_ = 0;
  double sure_ = 0;  // so near to its bar's middle that no second look is needed
};

// A permutation of the numbers below `count`.
[[nodiscard]] std::uint64_t scattered(std::uint64_t number, std::uint64_t count);

// Uniform in [0, 1), 53 bits of it.
[[nodiscard]] inline double fraction(Rng& rng) {
  constexpr double kUnit = 1.0 / static_cast<double>(std::uint64_t{1} << 53);
  return static_cast<double>(rng.next() >> 11) * kUnit;
}

}  // namespace kv::bench
