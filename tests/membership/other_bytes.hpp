// Bytes that are almost those that were written.
#pragma once

#include <string>

#include <doctest/doctest.h>

namespace kv::test {

// `decode` takes none of them: cut or flipped anywhere, or with one more.
template <class Decode>
void check_no_others(const std::string& bytes, Decode decode) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(decode(bytes.substr(0, i)));
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    CHECK_FALSE(decode(flipped));
  }
  CHECK_FALSE(decode(bytes + "x"));
}

}  // namespace kv::test
