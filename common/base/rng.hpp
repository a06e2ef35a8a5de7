// Chance that a seed said aloud in class reproduces everywhere.
//
// Why     the standard's distributions may differ between libraries, and its engines are
//         larger than the idea needs.
// Source  SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
//         generators", OOPSLA 2014, figure 1.
#pragma once

#include <cstdint>

#include "common/base/check.hpp"

namespace kv {

// Not thread-safe: give each thread its own, from its own seed.
class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) : state_(seed) {}

  // Uniform over all 64-bit values.
  constexpr std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound), bound at least 1. Rejects the ragged end instead of folding
  // it, so small bounds are not favoured.
  constexpr std::uint64_t below(std::uint64_t bound) {
    KV_CHECK(bound > 0, "no number is below zero");
    const std::uint64_t ragged = (0 - bound) % bound;
    for (;;) {
      const std::uint64_t x = next();
      if (x >= ragged) return x % bound;
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace kv
