#include "common/base/rng.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace kv;

TEST_CASE("the generator gives SplitMix64's published sequence") {
  Rng rng(1234567);
  CHECK(rng.next() == 6457827717110365317U);
  CHECK(rng.next() == 3203168211198807973U);
  CHECK(rng.next() == 9817491932198370423U);
}

TEST_CASE("below gives every value under the bound about equally often") {
  Rng rng(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[rng.below(7)];
  for (const int count : counts) {  // 10,000 each, give or take 5 standard deviations
    CHECK(count > 9'530);
    CHECK(count < 10'470);
  }
}
