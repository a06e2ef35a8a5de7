#include "common/hash/crc32c.hpp"

#include <string>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;

TEST_CASE("CRC32C is the published one (RFC 3720, B.4)") {
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  CHECK(crc32c(rising) == 0x46DD794E);
}

TEST_CASE("CRC32C: the instruction, the table and any two pieces agree") {
  Rng rng(1);
  for (int run = 0; run < 500; ++run) {
    std::string bytes(rng.below(200), '\0');
    for (char& byte : bytes) byte = static_cast<char>(rng.below(256));
    CAPTURE(run);
    const std::uint32_t whole = crc32c(bytes);
    CHECK(whole == crc32c_portable(bytes));
    const std::size_t cut = rng.below(bytes.size() + 1);
    CHECK(whole == crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))));
  }
}
