// Hashes of which there are few, so that tokens collide, between nodes and within one.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"

namespace kv {

// Only `values` different ones in all.
inline auto colliding_hash(std::uint64_t values) {
  return [=](std::string_view bytes) { return xxh3(bytes) % values; };
}
inline auto colliding_hash(std::uint64_t seed, std::uint64_t values) {
  return [=](std::string_view bytes) { return Hasher(&xxh3, seed)(bytes) % values; };
}

}  // namespace kv
