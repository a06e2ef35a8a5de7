// What a benchmark writes, so that it knows it again: every value says whose it is.
//
//   user000000000042                      the key, 16 bytes
//   3f9c01d2user000000000042kG7x...       CRC32C in hex of what follows; the key; letters
//
// Breaks if  reads are counted and not looked at: a store that answers quickly and wrongly
//            would win.
// Left out   whether it is the newest value: `v4_replicated_kv sim` and the cluster's own
//            tests judge that. Here any value that was written for the key is right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/rng.hpp"

namespace kv::bench {

inline constexpr std::uint64_t kKeysMost = 1'000'000'000;
inline constexpr std::size_t kKeyBytes = 16;
inline constexpr std::size_t kValueBytesLeast = 8 + kKeyBytes;

// Writes the name of the key with this number, below 10^12, over `key`.
void write_key(std::string& key, std::uint64_t number);

class ValueMaker {
 public:
  // Values of `bytes`, at least kValueBytesLeast.
  ValueMaker(std::size_t bytes, std::uint64_t seed);

  // Writes another value for the key over `value`.
  void write(std::string& value, std::string_view key);

 private:
  std::size_t bytes_;
  Rng rng_;
  std::string letters_;  // values are cut out of these
};

// Whether somebody made this value for this key.
[[nodiscard]] bool is_value_of(std::string_view key, std::string_view value);

}  // namespace kv::bench
