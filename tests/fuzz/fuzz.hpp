// What the fuzz targets have in common.
//
// Idea      a fuzzer cannot guess a checksum. So the first byte of an input chooses: the
//           rest as it is, or the rest with its checksums made right, so that what is
//           behind them is reached too.
// Breaks if  a target only looks for crashes. Each also checks a promise: what was read,
//            and
//           is written again, is the same to the byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.hpp"

namespace kv::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first byte away; 0 where there is none.
inline std::uint8_t choice(std::string_view& input) {
  if (input.empty()) return 0;
  const auto first = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return first;
}

}  // namespace kv::fuzz

// Called by libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
