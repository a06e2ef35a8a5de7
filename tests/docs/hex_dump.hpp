// Bytes as the pages about formats show them.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace kv::test {

// 16 bytes a line: offset, numbers, letters.
inline std::string hex_dump(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const std::string_view line = bytes.substr(at, 16);
    std::string numbers;
    std::string letters;
    for (const char byte : line) {
      numbers += fmt::format("{:02x} ", static_cast<unsigned char>(byte));
      letters += byte >= ' ' && byte <= '~' ? byte : '.';
    }
    out += fmt::format("{:04x}  {:<48} {}\n", at, numbers, letters);
  }
  return out;
}

// Checks that the page, by its path below the root, shows the bytes.
inline void check_shown(const std::string& page_path, std::string_view bytes) {
  std::ifstream file(std::string(KV_SOURCE_DIR "/") + page_path);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const bool shown = page.find(hex_dump(bytes)) != std::string::npos;
  if (!shown) MESSAGE(page_path << " should show:\n" << hex_dump(bytes));
  CHECK(shown);
}

}  // namespace kv::test
