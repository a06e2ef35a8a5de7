#include "v4_replicated_kv/wire/frame.hpp"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/base/rng.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/wire/allocations.hpp"

using namespace kv;

namespace {

std::string frame_of(std::string_view body) {
  std::string bytes;
  append_frame(bytes, {.body = body});
  return bytes;
}

// A header with these fields and right sums, and then the body.
std::string header_of(std::string begin, unsigned kind, unsigned channel,
                      std::uint32_t length, std::string_view body) {
  append_le(begin, static_cast<std::uint8_t>(kind));
  append_le(begin, static_cast<std::uint8_t>(channel));
  append_le(begin, length);
  append_le(begin, crc32c(body));
  append_le(begin, crc32c(begin));
  return begin.append(body);
}

const std::string kBegin("KVPR\x01\x00", 6);

// The bodies that come out, a '!' for an error.
std::vector<std::string> bodies(FrameParser& parser) {
  std::vector<std::string> found;
  for (;;) {
    const auto next = parser.next();
    if (!next) {
      found.emplace_back("!");
      return found;
    }
    if (!*next) return found;
    found.emplace_back((*next)->body);
  }
}

std::vector<std::string> bodies_of(std::string_view bytes) {
  FrameParser parser;
  parser.feed(bytes);
  return bodies(parser);
}

bool is_refused(std::string_view bytes) {
  const auto found = bodies_of(bytes);
  return !found.empty() && found.back() == "!";
}

}  // namespace

TEST_CASE("frames come out as they went in, in whatever portions bytes come") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<std::string> sent;
    std::string bytes;
    for (std::uint64_t i = 1 + rng.below(6); i > 0; --i) {
      const std::size_t most = rng.below(10) == 0 ? kFrameBodyMax : 300;
      sent.emplace_back(1 + rng.below(most), static_cast<char>(rng.below(256)));
      append_frame(bytes, {.kind = FrameKind::messages, .body = sent.back()});
    }
    REQUIRE(bodies_of(bytes) == sent);
    FrameParser parser;
    std::vector<std::string> found;
    for (std::string_view left = bytes; !left.empty();) {
      const std::size_t portion =
          std::min<std::size_t>(left.size(), 1 + rng.below(seed % 3 == 0 ? 20 : 5000));
      parser.feed(left.substr(0, portion));
      left.remove_prefix(portion);
      for (std::string& body : bodies(parser)) found.push_back(std::move(body));
    }
    REQUIRE(found == sent);
    REQUIRE(parser.waiting() == 0);
  }
}

TEST_CASE("one byte at a time is enough, and a frame that is cut is waited for") {
  const std::string bytes = frame_of("first") + frame_of("second");
  FrameParser parser;
  std::vector<std::string> found;
  for (const char byte : bytes) {
    parser.feed({&byte, 1});
    for (std::string& body : bodies(parser)) found.push_back(std::move(body));
  }
  CHECK(found == std::vector<std::string>{"first", "second"});
  const std::string one = frame_of("first");
  for (std::size_t i = 0; i < one.size(); ++i) {
    CAPTURE(i);
    CHECK(bodies_of(one.substr(0, i)).empty());
  }
}

TEST_CASE("a flipped bit anywhere is refused") {
  const std::string bytes = frame_of("what a peer says") + frame_of("and then");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ static_cast<char>(1U << bit));
      CHECK(is_refused(flipped));
    }
  }
}

TEST_CASE("what is no frame is refused as soon as that is known, and then for ever") {
  for (std::size_t i = 0; i < kBegin.size(); ++i) {
    CAPTURE(i);
    std::string wrong = kBegin.substr(0, i + 1);
    wrong[i] = 'X';
    CHECK(is_refused(wrong));
  }
  CHECK(is_refused("GET / HTTP/1.1\r\n"));
  CHECK(is_refused("PING\r\n"));
  CHECK(is_refused(std::string("\x16\x03\x01\x02\x00", 5)));  // TLS
  FrameParser parser;
  parser.feed(frame_of("good") + "HTTP");
  CHECK(bodies(parser) == std::vector<std::string>{"good", "!"});
  parser.feed(frame_of("good"));
  const auto again = parser.next();
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::corrupt);
  CHECK(again.error().detail.find("byte 24 ") != std::string::npos);
}

TEST_CASE("headers with good sums and bad fields are refused") {
  const auto header = [](unsigned kind, unsigned channel, std::uint32_t length) {
    return header_of(kBegin, kind, channel, length, "x");
  };
  CHECK(bodies_of(header(3, 2, 1)) == std::vector<std::string>{"x"});
  CHECK(is_refused(header(0, 2, 1)));
  CHECK(bodies_of(header(6, 3, 1)) == std::vector<std::string>{"x"});
  CHECK(is_refused(header(7, 2, 1)));
  CHECK(is_refused(header(255, 2, 1)));
  CHECK(is_refused(header(3, 0, 1)));
  CHECK(is_refused(header(3, 4, 1)));
  CHECK(is_refused(header(3, 2, 0)));
  CHECK(is_refused(header(3, 2, 0xFFFFFFFF)));
  CHECK(is_refused(header(3, 2, kFrameBodyMax + 1)));
  CHECK(bodies_of(header(3, 2, 2)).empty());  // one byte short: waits
  CHECK(is_refused(header_of(std::string("KVPR\x02\x00", 6), 3, 2, 1, "x")));
  CHECK(is_refused(header_of(std::string("KVPS\x01\x00", 6), 3, 2, 1, "x")));
}

TEST_CASE("a stranger's frames are short, until there is a reason for long ones") {
  FrameParser parser(10);
  parser.feed(frame_of("0123456789"));
  CHECK(bodies(parser) == std::vector<std::string>{"0123456789"});
  parser.set_body_max(11);
  parser.feed(frame_of("0123456789a"));
  CHECK(bodies(parser) == std::vector<std::string>{"0123456789a"});
  parser.feed(frame_of("0123456789ab"));
  CHECK(bodies(parser) == std::vector<std::string>{"!"});
}

TEST_CASE("what is only announced takes no memory") {
  const std::string header =
      header_of(kBegin, 3, 2, kFrameBodyMax, std::string(kFrameBodyMax, 'x'))
          .substr(0, kFrameHeaderBytes + 1);
  FrameParser parser;
  const test::Allocations allocations;
  for (const char byte : header) {
    parser.feed({&byte, 1});
    REQUIRE_FALSE(parser.next().value().has_value());
  }
  CHECK(allocations.total() < 500);
  CHECK(parser.waiting() == header.size());
}
