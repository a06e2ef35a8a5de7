// Values as they are stored: a zstd frame where that is shorter, themselves where not.
//
// Source    RFC 8878 (Zstandard). The library does the work.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace kv {

struct Compression {
  bool on = true;
  std::size_t bytes_min = 1024;  // shorter values are stored as they are
};

// A value on its way to the log. `bytes` views the value itself or `frame`.
struct StoredValue {
  std::string frame;
  bool compressed = false;
  [[nodiscard]] std::string_view bytes(std::string_view value) const {
    return compressed ? std::string_view(frame) : value;
  }
};

// Any thread may call.
[[nodiscard]] StoredValue compress(std::string_view value, const Compression& how);

// The value in a frame: at most kStateBytesMax bytes, whatever the frame announces;
// Errc::corrupt for what is no whole frame.
[[nodiscard]] Result<std::string> decompress(std::string_view frame);

}  // namespace kv
