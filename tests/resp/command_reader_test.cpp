// Commands out of bytes: whole, in pieces, and as they should not be.
#include "v4_replicated_kv/api/resp/command_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/resp/raw_client.hpp"

using namespace kv;
using namespace kv::resp;
using kv::test::command;

namespace {

using Words = std::vector<std::string>;

struct Read {
  std::vector<Words> commands{};
  std::string broken{};
};

// What comes out if the bytes come in pieces: each ends where `pieces` says, or at the end.
Read read_all(std::string_view bytes, const std::vector<std::size_t>& pieces,
              const CommandLimits& limits = {}) {
  Read read;
  CommandReader reader(limits);
  std::string held;
  std::size_t from = 0;
  auto ends = pieces;
  ends.push_back(bytes.size());
  for (const std::size_t end : ends) {
    held.append(bytes.substr(from, end - from));
    from = end;
    for (;;) {
      // Moved at each step, and freed behind it: nothing may point to where it was.
      held = std::string(held);
      const auto step = reader.next(held);
      if (step == CommandReader::Step::more) break;
      if (step == CommandReader::Step::broken) {
        read.broken = reader.what();
        return read;
      }
      Words words;
      for (const std::string_view word : reader.arguments()) words.emplace_back(word);
      read.commands.push_back(words);
      held.erase(0, reader.bytes_read());
    }
  }
  return read;
}

}  // namespace

TEST_CASE("commands come out as they went in, wherever the bytes are cut") {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const std::vector<std::pair<std::string, Words>> cases{
      {command({"GET", "cart"}), {"GET", "cart"}},
      {command({"SET", "", all_bytes}), {"SET", "", all_bytes}},
      {"PING\r\n", {"PING"}},
      {"  GET \t cart  \n", {"GET", "cart"}},
      {"SET k 'a \\\\x41\\'' \"a b\\x41\\n\"\r\n", {"SET", "k", "a \\\\x41'", "a bA\n"}},
      {"\r\n", {}},
      {"*0\r\n", {}},
      {"*-1\r\n", {}},
      {command({"*1\r\n$4\r\nPING\r\n"}), {"*1\r\n$4\r\nPING\r\n"}},
  };
  std::string bytes;
  std::vector<Words> expected;
  for (const auto& [text, words] : cases) {
    bytes += text;
    expected.push_back(words);
  }
  CHECK(read_all(bytes, {}).commands == expected);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    REQUIRE(read_all(bytes, {cut}).commands == expected);
  }
  std::vector<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) everywhere.push_back(cut);
  CHECK(read_all(bytes, everywhere).commands == expected);
}

TEST_CASE(
    "what is no command, or too large, is said at once, and nothing is kept for it") {
  const CommandLimits limits{
      .arguments = 4, .argument_bytes = 100, .bytes = 300, .line_bytes = 50};
  const std::vector<std::pair<std::string, std::string>> cases{
      {"*x\r\n", "invalid multibulk length"},
      {"*\r\n", "invalid multibulk length"},
      {"* 1\r\n", "invalid multibulk length"},
      {"*+1\r\n", "invalid multibulk length"},
      {"*5\r\n", "invalid multibulk length"},
      {"*99999999999999999999\r\n", "invalid multibulk length"},
      {"*1\r\n:1\r\n", "expected '$', got ':'"},
      {"*1\r\n\x01", "expected '$', got '?'"},
      {"*1\r\n$x\r\n", "invalid bulk length"},
      {"*1\r\n$-1\r\n", "invalid bulk length"},
      {"*1\r\n$101\r\n", "invalid bulk length"},
      {"*1\r\n$18446744073709551617\r\n", "invalid bulk length"},
      {"*1\r\n$3\r\nabcd\r\n", "longer than it says"},
      {"*" + std::string(60, '1'), "too big mbulk count string"},
      {"*1\r\n$" + std::string(60, '1'), "too big bulk count string"},
      {std::string(60, 'a'), "too big inline request"},
      {"a b c d e\r\n", "too many words"},
      {"a \"b c\r\n", "unbalanced quotes in request"},
      {"a 'b c\r\n", "unbalanced quotes in request"},
      {"*4\r\n" + std::string("$99\r\n") + std::string(99, 'a') + "\r\n$99\r\n" +
           std::string(99, 'a') + "\r\n$99\r\n" + std::string(95, 'a'),
       "too big a command"},
  };
  for (const auto& [bytes, what] : cases) {
    CAPTURE(bytes);
    CHECK(read_all(bytes, {}, limits).broken.find(what) != std::string::npos);
    std::vector<std::size_t> everywhere;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) everywhere.push_back(cut);
    CHECK(read_all(bytes, everywhere, limits).broken.find(what) != std::string::npos);
  }
}

TEST_CASE("random commands, cut at random") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::string bytes;
    std::vector<Words> expected;
    for (std::uint64_t i = 1 + rng.below(10); i > 0; --i) {
      Words words;
      std::string text;
      for (std::uint64_t j = 1 + rng.below(5); j > 0; --j) {
        std::string word;
        for (std::uint64_t k = rng.below(30); k > 0; --k) {
          word += static_cast<char>(rng.below(256));
        }
        text += test::bulk(word);
        words.push_back(word);
      }
      bytes += "*" + std::to_string(words.size()) + "\r\n" + text;
      expected.push_back(words);
    }
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      if (rng.below(8) == 0) cuts.push_back(cut);
    }
    const Read read = read_all(bytes, cuts);
    REQUIRE(read.broken.empty());
    REQUIRE(read.commands == expected);
  }
}
