// Patterns of SCAN, against a dumb twin that tries everything.
#include "v4_replicated_kv/api/resp/glob.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;
using namespace kv::resp;

namespace {

// Every star tries every length; sets are looked through letter by letter.
bool matches_dumbly(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (std::size_t taken = 0; taken <= text.size(); ++taken) {
      if (matches_dumbly(pattern.substr(1), text.substr(taken))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern.front() == '?') return matches_dumbly(pattern.substr(1), text.substr(1));
  if (pattern.front() == '[') {
    const std::size_t end = pattern.find(']');
    std::string_view set = pattern.substr(1, end - 1);
    const bool is_negated = set.starts_with('^');
    if (is_negated) set.remove_prefix(1);
    bool is_in = false;
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (i + 2 < set.size() && set[i + 1] == '-') {
        for (char c = set[i]; c <= set[i + 2]; ++c) is_in = is_in || c == text.front();
        i += 2;
      } else {
        is_in = is_in || set[i] == text.front();
      }
    }
    return is_in != is_negated && matches_dumbly(pattern.substr(end + 1), text.substr(1));
  }
  if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  return pattern.front() == text.front() &&
         matches_dumbly(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("patterns mean what they mean to Redis") {
  CHECK(matches("*", ""));
  CHECK(matches("h?llo", "hello"));
  CHECK_FALSE(matches("h?llo", "hllo"));
  CHECK(matches("h*llo", "heeeello"));
  CHECK(matches("h[ae]llo", "hallo"));
  CHECK_FALSE(matches("h[^e]llo", "hello"));
  CHECK(matches("h[a-b]llo", "hbllo"));
  CHECK(matches("h[b-a]llo", "hbllo"));
  CHECK(matches("\\*", "*"));
  CHECK_FALSE(matches("\\*", "a"));
  CHECK(matches("[\\]]", "]"));
  CHECK(matches("[a", "a"));
  CHECK(matches("a\\", "a\\"));
  CHECK_FALSE(matches("", "a"));
  CHECK(literal_prefix("user:*") == "user:");
  CHECK(literal_prefix("a\\*b?c") == "a*b");
  CHECK(literal_prefix("plain") == "plain");
  CHECK(literal_prefix("[a]b").empty());
}

TEST_CASE("random patterns and texts: as the twin says") {
  Rng rng(7);
  std::size_t matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string pattern, text;
    for (std::uint64_t n = rng.below(7); n > 0; --n) {
      const std::string_view pieces[] = {"a",    "b",    "*",     "?",
                                         "[ab]", "[^a]", "[a-c]", "\\*"};
      pattern += pieces[rng.below(8)];
    }
    for (std::uint64_t n = rng.below(7); n > 0; --n) {
      text += static_cast<char>(std::string_view("abc*")[rng.below(4)]);
    }
    CAPTURE(pattern);
    CAPTURE(text);
    REQUIRE(matches(pattern, text) == matches_dumbly(pattern, text));
    if (!matches(pattern, text)) continue;
    ++matched;
    REQUIRE(text.starts_with(literal_prefix(pattern)));
  }
  CHECK(matched > 5'000);
}

TEST_CASE("a pattern of many stars is no more work than pattern times text") {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  CHECK_FALSE(matches(pattern + "b", std::string(4000, 'a')));
}
