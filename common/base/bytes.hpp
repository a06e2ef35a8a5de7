// Numbers as little-endian bytes, written and read back with every read checked.
//
// Breaks if  a length from outside is believed before it is compared with what is left:
//            a reader never hands out more than it was given, and after the first read
//            that failed all others fail too, so one question at the end is enough.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kv {

// Writes `number`, its least byte first, over the sizeof(Number) bytes at `to`.
template <std::unsigned_integral Number>
void store_le(char* to, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    to[i] = static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
  }
}

// Appends it.
template <std::unsigned_integral Number>
void append_le(std::string& out, Number number) {
  std::array<char, sizeof(Number)> bytes;
  store_le(bytes.data(), number);
  out.append(bytes.data(), bytes.size());
}

// The number that `bytes` begin with, which are at least sizeof(Number).
template <std::unsigned_integral Number>
[[nodiscard]] Number load_le(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    const auto byte = static_cast<Number>(static_cast<unsigned char>(bytes[i]));
    number = static_cast<Number>(number | static_cast<Number>(byte << (8 * i)));
  }
  return number;
}

// Reads one thing after the other from bytes that somebody else wrote. Keeps no copy.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  // The next number; 0, and not ok() from then on, where too few bytes are left.
  template <std::unsigned_integral Number>
  [[nodiscard]] Number number() {
    const std::string_view bytes = take(sizeof(Number));
    return ok_ ? load_le<Number>(bytes) : Number{0};
  }

  // The next `count` bytes; none, and not ok() from then on, where fewer are left.
  [[nodiscard]] std::string_view take(std::size_t count) {
    if (!ok_ || count > left_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  // Whether every read so far was answered.
  [[nodiscard]] bool ok() const { return ok_; }

  // Whether they were, and took all there was.
  [[nodiscard]] bool at_end() const { return ok_ && left_.empty(); }

  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  std::string_view left_;
  bool ok_ = true;
};

}  // namespace kv
