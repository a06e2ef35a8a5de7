// Small numbers in few bytes: seven bits a byte, the lowest first; a byte of 128 or more says
// that another follows.
//
// Breaks if  a number has two spellings: 0x80 0x00 would be a second zero. The shortest one
//            counts, all others are refused.
// Source     LEB128 of the DWARF standard, section 7.6; protobuf's varint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/bytes.hpp"

namespace kv {

inline constexpr std::size_t kVarintBytesMax = 10;

inline void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) {
    out += static_cast<char>(static_cast<unsigned char>(number | 0x80U));
  }
  out += static_cast<char>(static_cast<unsigned char>(number));
}

// The next number; nothing if bytes end within it, it has more than 64 bits, or it could be
// shorter.
[[nodiscard]] inline std::optional<std::uint64_t> read_varint(ByteReader& reader) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = reader.number<std::uint8_t>();
    const std::uint64_t bits = byte & 0x7FU;
    if (!reader.ok() || (shift == 63 && bits > 1)) return std::nullopt;
    number |= bits << shift;
    if (byte < 0x80) {
      const bool shortest = bits != 0 || shift == 0;
      return shortest ? std::optional(number) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace kv
