#include "common/base/bytes.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

using namespace kv;

TEST_CASE("numbers are written least byte first and read back") {
  std::string bytes;
  append_le(bytes, std::uint8_t{0x01});
  append_le(bytes, std::uint16_t{0x0302});
  append_le(bytes, std::uint32_t{0x07060504});
  append_le(bytes, std::numeric_limits<std::uint64_t>::max());
  CHECK(bytes.substr(0, 7) == "\x01\x02\x03\x04\x05\x06\x07");
  ByteReader reader(bytes);
  CHECK(reader.number<std::uint8_t>() == 0x01);
  CHECK(reader.number<std::uint16_t>() == 0x0302);
  CHECK(reader.number<std::uint32_t>() == 0x07060504);
  CHECK(reader.number<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
  CHECK(reader.at_end());
}

TEST_CASE("a reader hands out no more than there is, and stays failed") {
  ByteReader reader("abc");
  CHECK(reader.take(std::numeric_limits<std::size_t>::max()).empty());
  CHECK_FALSE(reader.ok());
  CHECK(reader.take(1).empty());
  CHECK(reader.number<std::uint8_t>() == 0);
  CHECK_FALSE(reader.at_end());
  CHECK(reader.left() == 3);

  ByteReader number("abc");
  CHECK(number.number<std::uint32_t>() == 0);
  CHECK_FALSE(number.ok());
}
