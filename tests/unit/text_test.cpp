#include "common/base/text.hpp"

#include <string>

#include <doctest/doctest.h>

#include "common/report/paint.hpp"

using namespace kv;

TEST_CASE("utf-8 is told from bytes that are not") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80"));
  CHECK_FALSE(is_utf8("\xFF"));
  CHECK_FALSE(is_utf8("\xC3"));              // cut short
  CHECK_FALSE(is_utf8("\xC0\xAF"));          // overlong
  CHECK_FALSE(is_utf8("\xE0\x80\xAF"));      // overlong
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));      // a surrogate
  CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));  // past U+10FFFF
  CHECK_FALSE(is_utf8("\xF8\x88\x80\x80\x80"));
  CHECK_FALSE(
      is_utf8("\xE2\x82"
              "A"));
}

TEST_CASE("a message stays on one line whatever bytes it quotes") {
  CHECK(one_line("a\nb\x1b[31m\x7f\xC2\x85\xFF") ==
        "a\\x0ab\\x1b[31m\\x7f\\xc2\\x85\\xff");
  CHECK(printable("") == "\"\"");
  CHECK(printable("na\xC3\xAFve") == "na\xC3\xAFve");
  CHECK(printable(std::string(300, 'x')) == std::string(200, 'x') + "...");
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
