// The word that was probably meant.
#include "common/base/closest_word.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace kv;

TEST_CASE("letters that are other, missing, added or swapped are counted") {
  CHECK(letters_apart("crash", "crash") == 0);
  CHECK(letters_apart("crush", "crash") == 1);
  CHECK(letters_apart("crah", "crash") == 1);
  CHECK(letters_apart("crasch", "crash") == 1);
  CHECK(letters_apart("carsh", "crash") == 1);
  CHECK(letters_apart("", "crash") == 5);
  CHECK(letters_apart("kitten", "sitting") == 3);
  CHECK(letters_apart(std::string(100'000, 'a'), "a") == 63);  // bounded work
}

TEST_CASE("the closest word is offered, and all of them where none is close") {
  constexpr std::array<std::string_view, 3> kKnown{"crash", "kill", "pause"};
  CHECK(closest_word("carsh", kKnown) == "crash");
  CHECK(closest_word("kil", kKnown) == "kill");
  CHECK(closest_word("explode", kKnown).empty());
  CHECK(closest_word("c", std::array<std::string_view, 2>{"w", "level"}).empty());
  CHECK(suggestion("puase", kKnown) == "did you mean pause?");
  CHECK(suggestion("x", kKnown) == "takes one of crash, kill, pause");
}
