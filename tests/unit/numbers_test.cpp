#include "common/report/numbers.hpp"

#include <doctest/doctest.h>

using namespace kv;

TEST_CASE("thousands are set apart") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(18446744073709551615U) == "18,446,744,073,709,551,615");
}

TEST_CASE("a share is shown in per cent with about three digits") {
  CHECK(percent(0) == "0");
  CHECK(percent(1) == "100.0");
  CHECK(percent(0.2) == "20.0");
  CHECK(percent(0.09996) == "10.0");
  CHECK(percent(0.0832) == "8.32");
  CHECK(percent(0.0017) == "0.17");
  CHECK(percent(0.00031) == "0.031");
}

TEST_CASE("a plain figure drops decimals that say nothing") {
  CHECK(plain(4) == "4");
  CHECK(plain(3.9999) == "4");
  CHECK(plain(2.083) == "2.08");
  CHECK(plain(123.456) == "123.5");
}
