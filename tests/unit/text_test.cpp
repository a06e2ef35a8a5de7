#include "common/base/text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/report/paint.hpp"

using namespace kv;

namespace {

// The dumb twin: letter by letter.
bool is_utf8_plainly(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace

TEST_CASE("well-formed utf-8 passes, and every byte that is not is shown as such") {
  for (const std::string text : {"", "na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80"}) {
    CHECK(one_line(text) == text);
  }
  CHECK(one_line("\xFF") == "\\xff");
  CHECK(one_line("\xC3") == "\\xc3");                             // cut short
  CHECK(one_line("\xC0\xAF") == "\\xc0\\xaf");                    // overlong
  CHECK(one_line("\xE0\x80\xAF") == "\\xe0\\x80\\xaf");           // overlong
  CHECK(one_line("\xED\xA0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(one_line("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // past U+10FFFF
  CHECK(one_line("\xE2\x82"
                 "A") ==
        "\\xe2\\x82"
        "A");
}

TEST_CASE(
    "whether bytes are UTF-8 is found out fast, and as slowly as letter by letter") {
  Rng random(17);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random.below(20), 'a');
    for (char& byte : bytes) {
      if (random.below(4) == 0) byte = static_cast<char>(random.below(256));
    }
    if (random.below(2) == 0)
      bytes.insert(random.below(bytes.size() + 1), "\xE2\x82\xAC");
    CAPTURE(round);
    CHECK(is_utf8(bytes) == is_utf8_plainly(bytes));
  }
}

TEST_CASE("a message stays on one line and in one direction whatever it quotes") {
  CHECK(one_line("a\nb\x1b[31m\x7f\xC2\x85\xFF") ==
        "a\\x0ab\\x1b[31m\\x7f\\xc2\\x85\\xff");
  CHECK(one_line("\xE2\x80\xAE") == "\\xe2\\x80\\xae");  // right-to-left override
  CHECK(one_line("\xE2\x81\xA6") == "\\xe2\\x81\\xa6");  // an isolate
  CHECK(printable("") == "\"\"");
  CHECK(printable(std::string(300, 'x')) == std::string(200, 'x') + "...");
}

TEST_CASE("a name that has to fit is measured in characters, its ellipsis included") {
  CHECK(characters_in("") == 0);
  CHECK(characters_in("a\xC3\xA4\xE2\x82\xAC") == 3);
  CHECK(fitted("node_1", 6) == "node_1");
  CHECK(fitted("node_12", 6) == "nod...");
  CHECK(fitted("\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", 4) ==
        "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4");
  CHECK(fitted("\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", 4) == "\xC3\xA4...");
}

TEST_CASE("a name is shortened between characters") {
  CHECK(shortened("node_1", 6) == "node_1");
  CHECK(shortened("node_12", 6) == "node_1...");
  CHECK(shortened("\xC3\xA4\xC3\xA4\xC3\xA4", 2) == "\xC3\xA4\xC3\xA4...");
}

TEST_CASE("sentences break between words and never pass the last column") {
  const std::string words =
      "one two three four five six seven eight nine ten eleven twelve ";
  const std::string text = wrapped("LEAD  ", words + words + words);
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != text.npos;
       end = text.find('\n', start)) {
    CHECK(end - start <= kColumns);
    if (start > 0) CHECK(text.substr(start, 6) == "      ");
    start = end + 1;
  }
  CHECK(start == text.size());
}

TEST_CASE("a bar is as long as its share, in eighths or in whole characters") {
  CHECK(bar({}, 0.5, 4) == "██");
  CHECK(bar({}, 0.53125, 4) == "██▏");
  CHECK(bar({.color = false, .ascii = true}, 0.5, 4) == "##");
  CHECK(bar({}, 0, 4) == "");
  CHECK(bar({}, 7, 2) == "██");
}

TEST_CASE("colour is in the text only when the style has it") {
  CHECK(paint({}, Ink::bad, "OFF") == "OFF");
  CHECK(paint({.color = true, .ascii = false}, Ink::bad, "OFF") ==
        "\x1b[1;31mOFF\x1b[0m");
}
