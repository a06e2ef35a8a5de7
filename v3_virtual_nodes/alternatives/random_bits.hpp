// Random bits from a key, for the algorithms that draw lots instead of keeping a ring.
#pragma once

#include <cstdint>

#include "common/hash/finalise.hpp"

namespace kv {

// Random bits of a key for the `salt`-th draw; `mixed` is the key's finalised hash. Draws
// with different salts are unrelated.
[[nodiscard]] constexpr std::uint64_t redraw(std::uint64_t mixed, std::uint64_t salt) {
  return finalise(mixed + (salt + 1) * 0x9E3779B97F4A7C15);  // 2^64 / the golden ratio
}

// Random bits turned into a number in [0, bound), bound at most 2^32: by a
// multiplication, several times cheaper than a remainder, and off by at most 2^-32 from
// even.
[[nodiscard]] constexpr std::uint64_t scaled(std::uint64_t bits, std::uint64_t bound) {
  return ((bits >> 32) * bound) >> 32;
}

}  // namespace kv
