// Commands that are typed: their words and quotes, as a real Redis reads them.
#include "v4_replicated_kv/api/resp/inline_words.hpp"

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/resp/beside.hpp"
#include "tests/resp/raw_client.hpp"

using namespace kv;
using namespace kv::resp;
using namespace kv::test;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("words, quotes and escapes of a line") {
  const std::vector<std::pair<std::string, Words>> cases{
      {"", {}},
      {" \t\v\f\r ", {}},
      {"GET  cart ", {"GET", "cart"}},
      {"SET k \"a b\"", {"SET", "k", "a b"}},
      {"SET k 'a b'", {"SET", "k", "a b"}},
      {"SET \"\" ''", {"SET", "", ""}},
      {R"("\n\r\t\b\a\\\"\q")", {"\n\r\t\b\a\\\"q"}},
      {R"("\x41\xfF\x00z")", {std::string("A\xff\0z", 4)}},
      {R"("\x4" "\xg1" "\x")", {"x4", "xg1", "x"}},
      {R"('\n\x41\'"')", {R"(\n\x41'")"}},
      {R"("it's")", {"it's"}},
      {"a\"b c\" d", {"ab c", "d"}},
      {R"(a\nb)", {R"(a\nb)"}},
      {"a\vb", {"a\vb"}},
      {"a\rb", {"a", "b"}},
      {std::string("a\0b", 3), {std::string("a\0b", 3)}},
  };
  for (const auto& [line, words] : cases) {
    CAPTURE(line);
    CHECK(words_of(line) == words);
  }
}

TEST_CASE("a quote that is not closed, or closed within a word, is none of a command") {
  for (const std::string line :
       {"\"", "'", "GET \"k", "GET 'k", R"(GET "k\")", R"(GET 'k\')", "GET \"k\"x",
        "GET 'k''l'", "GET k\"", R"(GET \" )"}) {
    CAPTURE(line);
    CHECK_FALSE(words_of(line));
  }
}

TEST_CASE("a typed line means to the door what it means to a real Redis") {
  if (!is_here("redis-server")) return;
  const RealRedis redis;
  const Opened node = opened_door();
  constexpr std::string_view kPieces[] = {"a",    "b", " ",    "\t",  "\"", "\"",
                                          "'",    "'", "\\",   "\\n", "x",  "\\x",
                                          "\\x6", "1", "\\\"", "\\'", "\v"};
  int understood = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(seed);
    std::string line = "ECHO ";
    for (std::uint64_t n = 1 + rng.below(8); n > 0; --n) {
      line += kPieces[rng.below(std::size(kPieces))];
    }
    CAPTURE(seed);
    CAPTURE(line);
    RawClient theirs(redis.port());
    RawClient ours(node.door->port());
    for (RawClient* const client : {&theirs, &ours}) {
      REQUIRE(client->send(line + "\r\nQUIT\r\n"));
    }
    const std::string answer = ours.rest();
    CHECK(answer == theirs.rest());
    understood += answer.starts_with('$') ? 1 : 0;
  }
  CHECK(understood > 50);
}
