// The published hash functions, as they are published.
//
// Each takes any bytes (the empty string included), keeps no state and may be called from
// any thread. tests/unit/hash_test.cpp holds each to its published vectors.
#pragma once

#include <cstdint>
#include <string_view>

namespace kv {

// XXH3, 64 bits, seed 0 (xxHash 0.8). The default: the fastest here and well mixed.
[[nodiscard]] std::uint64_t xxh3(std::string_view bytes);

// XXH64, seed 0 (xxHash).
[[nodiscard]] std::uint64_t xxh64(std::string_view bytes);

// FNV-1a, 32 bits (Fowler, Noll and Vo; RFC 9923). Here to be seen failing: its top
// bits barely depend on the last characters of a short key.
[[nodiscard]] std::uint32_t fnv1a32(std::string_view bytes);

// FNV-1a, 64 bits. The same weakness, less of it.
[[nodiscard]] std::uint64_t fnv1a64(std::string_view bytes);

// The first 8 bytes of MD5 (RFC 1321), read little-endian, as ketama rings read it. A
// checksum here, not a defence: MD5 collisions can be made at will.
[[nodiscard]] std::uint64_t md5_prefix(std::string_view bytes);

}  // namespace kv
