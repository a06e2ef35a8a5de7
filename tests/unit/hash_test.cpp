#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "common/experiment/quantities.hpp"
#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"

using namespace kv;

namespace {

constexpr std::string_view kFox = "The quick brown fox jumps over the lazy dog";

}  // namespace

TEST_CASE("xxh3 gives the published values") {
  CHECK(xxh3("") == 0x2D06800538D394C2);
  CHECK(xxh3("a") == 0xE6C632B61E964E1F);
  CHECK(xxh3("abc") == 0x78AF5F94892F3950);
  CHECK(xxh3(kFox) == 0xCE7D19A5418FB365);
}

TEST_CASE("xxh64 gives the published values") {
  CHECK(xxh64("") == 0xEF46DB3751D8E999);
  CHECK(xxh64("a") == 0xD24EC4F1A98C6E5B);
  CHECK(xxh64("abc") == 0x44BC2CF5AD770999);
  CHECK(xxh64(kFox) == 0x0B242D361FDA71BC);
}

TEST_CASE("fnv1a gives the published values for 32 and 64 bits") {
  CHECK(fnv1a32("") == 0x811C9DC5);
  CHECK(fnv1a32("a") == 0xE40C292C);
  CHECK(fnv1a32("foobar") == 0xBF9CF968);
  CHECK(fnv1a64("") == 0xCBF29CE484222325);
  CHECK(fnv1a64("a") == 0xAF63DC4C8601EC8C);
  CHECK(fnv1a64("foobar") == 0x85944171F73967E8);
}

TEST_CASE("md5_prefix is the first 8 bytes of the digest read little-endian") {
  CHECK(md5_prefix("") == 0x04B2008FD98C1DD4);     // d41d8cd98f00b204...
  CHECK(md5_prefix("abc") == 0xB04FD23C98500190);  // 900150983cd24fb0...
  CHECK(md5_prefix(kFox) == 0x82B62B379D7D109E);   // 9e107d9d372bb682...
}

TEST_CASE("the finaliser is fmix64 of MurmurHash3") {
  CHECK(finalise(0) == 0);
  CHECK(finalise(1) == 0xB456BCFC34C2CB2C);
  CHECK(finalise(2) == 0x3ABF2A20650683E7);
}

TEST_CASE("the list of names is that of the hashes and of the quantities") {
  std::string names;
  for (const Quantity quantity : kQuantities) {
    names += (names.empty() ? "" : ", ") + std::string(name_of(quantity));
  }
  CHECK(names == kQuantityNames);
  std::string_view rest = kHashNames;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(", "), rest.size());
    CHECK(hasher_named(rest.substr(0, end), 0));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
}

TEST_CASE("hashes take every byte, zero bytes included") {
  constexpr std::string_view kZeros("\0\0", 2);
  for (const auto& name : {"xxh3", "xxh64", "fnv1a32", "fnv1a64", "md5"}) {
    CAPTURE(name);
    const auto hash = hasher_named(name, 0).value();
    CHECK(hash(kZeros) != hash(kZeros.substr(1)));
    CHECK(hash("\xff") != hash("\x7f"));
  }
}

TEST_CASE("seed 0 is the plain published hash and any other seed is another hash") {
  const auto plain = hasher_named("xxh3", 0).value();
  CHECK(plain("abc") == xxh3("abc"));
  const auto one = hasher_named("xxh3", 1).value();
  CHECK(one("abc") == finalise(xxh3("abc") ^ finalise(1)));
  CHECK(one("abc") != hasher_named("xxh3", 2).value()("abc"));
  CHECK(plain.reseeded(1)("abc") == one("abc"));
}

TEST_CASE("an unknown hash is refused with the list of known ones") {
  const auto unknown = hasher_named("sha1", 0);
  REQUIRE(!unknown);
  CHECK(unknown.error().code == Errc::bad_usage);
  CHECK(unknown.error().detail.find("fnv1a64") != std::string::npos);
}

TEST_CASE("a 32-bit hash is finalised to 64 bits before it is placed") {
  const auto hash = [](std::string_view) -> std::uint32_t { return 7; };
  CHECK(hash_key(hash, "any") == KeyHash{finalise(7)});
  CHECK(hasher_named("fnv1a32", 0).value()("a") == finalise(fnv1a32("a")));
}

TEST_CASE("a position is the top 48 bits") {
  CHECK(position(KeyHash{0xFFFF'FFFF'FFFF'FFFF}) == Token{0xFFFF'FFFF'FFFF});
  CHECK(position(KeyHash{0xFFFF}) == Token{0});
}

TEST_CASE("a token is the position of the finalised hash of name and number") {
  const auto hash = [](std::string_view bytes) { return xxh3(bytes); };
  CHECK(label_token(hash, "node_1", 17) == Token{finalise(xxh3("node_1#17")) >> 16});
}
