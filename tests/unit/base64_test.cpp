#include "common/base/base64.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;

namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

}  // namespace

TEST_CASE("base64 is the published one (RFC 4648, section 10)") {
  const std::vector<std::pair<std::string, std::string>> vectors{
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xFB\xFF", "+/8="},
  };
  for (const auto& [bytes, text] : vectors) {
    CAPTURE(text);
    CHECK(encoded(bytes) == text);
    CHECK(decode_base64(text) == bytes);
  }
}

TEST_CASE("base64: any bytes come back") {
  Rng rng(1);
  for (int run = 0; run < 2000; ++run) {
    CAPTURE(run);
    std::string bytes(rng.below(100), '\0');
    for (char& byte : bytes) byte = static_cast<char>(rng.below(256));
    CHECK(decode_base64(encoded(bytes)) == bytes);
  }
}

TEST_CASE("base64: what no encoder writes is refused") {
  for (const char* const text :
       {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zh==", "Zm9=", "Zm9vYg", "Zm 9",
        "Zm9v\n", "Zm-_", "Zg==Zg==", "Z=g=", "\xFF\xFF\xFF\xFF"}) {
    CAPTURE(text);
    CHECK(!decode_base64(text).has_value());
  }
}

TEST_CASE("base64: of all short texts, those are taken that an encoder writes") {
  const std::string letters = "AQgw/+=-";
  for (const char a : letters) {
    for (const char b : letters) {
      for (const char c : letters) {
        for (const char d : letters) {
          const std::string text{a, b, c, d};
          const auto bytes = decode_base64(text);
          if (bytes) CHECK(encoded(*bytes) == text);
        }
      }
    }
  }
}
