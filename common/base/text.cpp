#include "common/base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace kv {

namespace {

// Whether a well-formed character acts on a terminal or on the text around it: C0 and C1
// controls, DEL, and the marks and overrides of writing direction (Unicode, annex 9).
bool acts(std::string_view character) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(character[i]);
  };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  const bool mark = byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F);
  const bool embedding = byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE;
  const bool isolate = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
  return mark || embedding || isolate;
}

}  // namespace

// RFC 3629, section 4: the first byte fixes the length and the range of the second.
std::size_t utf8_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.empty()) return 0;
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes.size() < length) return 0;
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

bool is_utf8(std::string_view bytes) {
  // Eight letters of ASCII at a time: a value of many megabytes must not hold up a server.
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  while (!bytes.empty()) {
    if (bytes.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), 8);
      if ((word & kHighBits) == 0) {
        bytes.remove_prefix(8);
        continue;
      }
    }
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string one_line(std::string_view bytes) {
  std::string line;
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0 || acts(bytes.substr(0, length))) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
    } else {
      line += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return line;
}

std::string shortened(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < characters && end < text.size(); ++i) {
    end += std::max<std::size_t>(utf8_length(text.substr(end)), 1);
  }
  return std::string(text.substr(0, end)) + (end < text.size() ? "..." : "");
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

std::string fitted(std::string_view text, std::size_t characters) {
  if (characters_in(text) <= characters) return std::string(text);
  return shortened(text, characters - 3);
}

std::string printable(std::string_view value) {
  constexpr std::size_t kBytesMax = 200;
  if (value.empty()) return "\"\"";
  if (value.size() <= kBytesMax) return one_line(value);
  return one_line(value.substr(0, kBytesMax)) + "...";
}

}  // namespace kv
