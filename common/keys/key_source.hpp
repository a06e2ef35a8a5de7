// Where keys come from: made up, from a file, or from standard input.
//
// Keys are visited one at a time and never stored: what a stage keeps of a key is its
// hash, so a file of ten million lines costs 8 bytes a key, however long its lines are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace kv {

// The longest line taken as a key. A binary file without newlines is refused here rather
// than read into memory.
inline constexpr std::size_t kKeyLineBytesMax = std::size_t{1} << 20;

// The most keys that are taken, whatever the source: 8 GB of hashes.
inline constexpr std::uint64_t kKeysMax = 1'000'000'000;

struct KeySource {
  enum class Kind { synthetic, file, standard_input };
  Kind kind = Kind::synthetic;
  std::uint64_t count = 0;  // synthetic: key-0, key-1, ..., key-(count - 1)
  std::string path;         // file
};

// "synthetic", the path, or "standard input": for people and for reports.
[[nodiscard]] std::string describe(const KeySource& source);

struct KeyCount {
  std::uint64_t keys = 0;
  std::uint64_t skipped = 0;  // empty lines
};

// Calls `visit` with every key in order; the bytes are valid during the call only.
//
// One key a line, any bytes but newline; one trailing CR is dropped; empty lines are
// skipped and counted; duplicates are kept. Fails with not_found or io when the source
// cannot be read (a directory included), and with bad_input when it holds no key, more
// than kKeysMax, or a line longer than kKeyLineBytesMax.
[[nodiscard]] Result<KeyCount> for_each_key(
    const KeySource& source, const std::function<void(std::string_view)>& visit);

}  // namespace kv
