#include "common/command_line/words.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;

namespace {

constexpr std::array kFlags{Flag{.name = "--w"}, Flag{.name = "--format"},
                            Flag{.name = "--help", .has_value = false}};

Result<CommandWords> read(const std::vector<const char*>& words) {
  return CommandWords::read("kv", words, kFlags);
}

std::string refusal(const std::vector<const char*>& words) {
  const auto made = read(words);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::bad_usage);
  return made.error().detail;
}

}  // namespace

TEST_CASE("words: flags may stand anywhere, with a blank or an equals sign") {
  const auto words = read({"put", "--w", "2", "cart", "--format=json", "-", "--help"});
  REQUIRE(words);
  CHECK(words->plain() == std::vector<std::string>{"put", "cart", "-"});
  CHECK(words->text("--w") == "2");
  CHECK(words->text("--format") == "json");
  CHECK(words->has("--help"));
  CHECK_FALSE(words->text("--other"));
}

TEST_CASE("words: behind -- everything is plain, and an empty word is one") {
  const auto words = read({"--", "--w", "", "--"});
  REQUIRE(words);
  CHECK(words->plain() == std::vector<std::string>{"--w", "", "--"});
  CHECK_FALSE(words->has("--w"));
}

TEST_CASE("words: a value may look like a flag, and an equals sign may be in it") {
  const auto words = read({"--w", "--none", "--format=a=b"});
  REQUIRE(words);
  CHECK(words->text("--w") == "--none");
  CHECK(words->text("--format") == "a=b");
}

TEST_CASE("words: a flag that cannot be is named") {
  CHECK(refusal({"--formt", "json"}) ==
        "--formt: is not a flag of kv; did you mean --format?");
  CHECK(refusal({"-x"}) ==
        "-x: is not a flag of kv (see --help); a plain word that begins with - stands "
        "behind --");
  CHECK(refusal({"--w", "--help"}) == "--w: needs a value");
  CHECK(refusal({"--w="}) == "--w: needs a value");
  CHECK(refusal({"--w"}) == "--w: needs a value");
  CHECK(refusal({"--w", "1", "--w=2"}) == "--w: is given twice");
  CHECK(refusal({"--help=yes"}) == "--help: takes no value");
}

TEST_CASE("words: numbers and choices are checked") {
  const auto words = read({"--w", "17", "--format", "yaml"});
  REQUIRE(words);
  constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
  CHECK(words->number("--w", 1, 17).value() == 17U);
  CHECK(words->number("--w", 1, 16).error().detail ==
        "--w 17: takes whole numbers from 1 to 16");
  CHECK(words->one_of("--format", kFormats, "text").error().detail ==
        "--format yaml: takes one of text, json");
  CHECK(words->one_of("--none", kFormats, "text").value() == "text");
  CHECK_FALSE(words->number("--none", 1, 2).value());
  for (const char* wrong : {"-1", "1e3", "0x5", "18446744073709551616", " 1", "1 "}) {
    CAPTURE(wrong);
    CHECK_FALSE(read({"--w", wrong})->number("--w", 0, 100));
  }
}
