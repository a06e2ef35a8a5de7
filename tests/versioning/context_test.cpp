#include "v4_replicated_kv/versioning/context.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/base/rng.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/versioning/replicas.hpp"
#include "v4_replicated_kv/versioning/base64url.hpp"
#include "v4_replicated_kv/versioning/history_bytes.hpp"

using namespace kv;

namespace {

constexpr KeyHash kKey{0x1234567890ABCDEF};

History some_history() {
  History history;
  history.raise({ActorId{1}, 7});
  history.raise({ActorId{UINT64_MAX}, kSeqMax});
  history.add({ActorId{1}, 9});
  return history;
}

// A token with a right checksum around any bytes: what ill will can make.
std::string forged(std::string bytes) {
  append_le(bytes, crc32c(bytes));
  return to_base64url(bytes);
}

std::string header(std::uint8_t mark = 0x4D, std::uint8_t form = 1, KeyHash key = kKey) {
  std::string bytes;
  append_le(bytes, mark);
  append_le(bytes, form);
  append_le(bytes, key.raw());
  return bytes;
}

void refuses(const std::string& text) {
  const auto parsed = parse_context(text, kKey);
  REQUIRE_FALSE(parsed);
  REQUIRE(parsed.error().code == Errc::bad_usage);
}

}  // namespace

TEST_CASE("a context comes back as it went") {
  CHECK(parse_context("", kKey).value().empty());
  CHECK(parse_context(context_text({}, kKey).value(), kKey).value().empty());
  CHECK(parse_context(context_text(some_history(), kKey).value(), kKey).value() ==
        some_history());
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    for (const KeyState& state : random_states(Policy::siblings, seed)) {
      const std::string text = context_text(state.seen, kKey).value();
      REQUIRE(
          text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789-_") == std::string::npos);
      REQUIRE(parse_context(text, kKey).value() == state.seen);
    }
  }
}

TEST_CASE("every flipped bit, cut, doubled or foreign letter of a context is refused") {
  const std::string text = context_text(some_history(), kKey).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    if (i > 0) refuses(text.substr(0, i));
    refuses(text.substr(0, i) + text[i] + text.substr(i));
    for (int letter = 0; letter < 256; ++letter) {
      std::string changed = text;
      changed[i] = static_cast<char>(letter);
      if (changed != text) refuses(changed);
    }
  }
  refuses(text + "=");
  refuses(text + "A");
}

TEST_CASE("what is no context is told why") {
  const auto why = [](const std::string& text) {
    return parse_context(text, kKey).error().detail;
  };
  CHECK(why("A+A=").contains("not base64url"));
  CHECK(why("AAAA").contains("too short: was it cut?"));  // three bytes, well written
  CHECK(why("AAAAAAAA").contains("the checksum is wrong"));
}

TEST_CASE("a context of another key is refused") {
  const std::string text = context_text(some_history(), KeyHash{1}).value();
  refuses(text);
}

TEST_CASE("forged contexts are refused, whatever they announce") {
  std::string empty_history(8, '\0');
  CHECK(parse_context(forged(header() + empty_history), kKey));
  refuses(forged(""));
  refuses(forged(header()));
  refuses(forged(header(0x4E) + empty_history));
  refuses(forged(header(0x4D, 2) + empty_history));
  refuses(forged(header() + empty_history + "x"));
  refuses(forged(header() + "\xFF\xFF\xFF\xFF" + std::string(64, 'x')));
  const auto with = [](std::vector<Dot> entries, std::vector<Dot> dots) {
    std::string bytes = header();
    for (const auto* list : {&entries, &dots}) {
      append_le(bytes, static_cast<std::uint32_t>(list->size()));
      for (const Dot& dot : *list) {
        append_le(bytes, dot.actor.raw());
        append_le(bytes, dot.seq);
      }
    }
    return forged(bytes);
  };
  const Dot a5{ActorId{1}, 5}, a6{ActorId{1}, 6}, b5{ActorId{2}, 5};
  CHECK(parse_context(with({a5, b5}, {a6}), kKey));
  refuses(with({{ActorId{1}, kSeqMax + 1}}, {}));
  refuses(with({{ActorId{1}, UINT64_MAX}}, {}));
  refuses(with({{ActorId{1}, 0}}, {}));
  refuses(with({{ActorId{0}, 1}}, {}));
  refuses(with({b5, a5}, {}));  // not in order
  refuses(with({a5, a6}, {}));  // an actor twice
  refuses(with({a5, a5}, {}));
  refuses(with({a6}, {a5}));  // a dot that the vector covers
  refuses(with({}, {a6, a5}));
  refuses(with({}, {a6, a6}));
}

TEST_CASE("contexts are bounded both ways") {
  History history;
  for (std::uint64_t i = 1; i <= kHistoryEntriesMax; ++i) history.raise({ActorId{i}, i});
  const std::string longest = context_text(history, kKey).value();
  CHECK(longest.size() == kContextLettersMax);
  CHECK(longest.size() < 32 * 1024);  // with a line of HTTP headers to spare
  CHECK(parse_context(longest, kKey).value() == history);
  history.add({ActorId{9999}, 1});
  CHECK(context_text(history, kKey).error().code == Errc::too_large);
  refuses(std::string(kContextLettersMax + 1, 'A'));
  refuses(std::string(1 << 20, 'A'));
  std::string bytes = header();  // one entry more, and a right checksum
  append_history(bytes, history);
  refuses(forged(bytes));
}

TEST_CASE("base64url: the vectors of RFC 4648, and one text for each") {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg"},
                                                                 {"fo", "Zm8"},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg"},
                                                                 {"fooba", "Zm9vYmE"},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xFB\xFF", "-_8"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64url(bytes) == text);
    CHECK(from_base64url(text) == bytes);
  }
  for (const char* text :
       {"A", "Z", "Zm9vA", "Zh", "Zm9", "Zg==", "+/8", "Zm 9v", "Zm9vY"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64url(text));
  }
}
