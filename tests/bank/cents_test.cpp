#include "v3_virtual_nodes/bank/cents.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;
using namespace kv::bank;

TEST_CASE("amounts print as currency") {
  CHECK(to_text(Cents{0}) == "$0.00");
  CHECK(to_text(Cents{5}) == "$0.05");
  CHECK(to_text(Cents{-5}) == "-$0.05");
  CHECK(to_text(Cents{123456}) == "$1,234.56");
  CHECK(to_text(Cents{-100000000}) == "-$1,000,000.00");
  CHECK(to_text(Cents{INT64_MAX}) == "$92,233,720,368,547,758.07");
  CHECK(to_text(Cents{INT64_MIN}) == "-$92,233,720,368,547,758.08");
}

TEST_CASE("amounts are read with and without dollar sign and commas") {
  CHECK(parse_cents("$1,234.56") == Cents{123456});
  CHECK(parse_cents("1234.56") == Cents{123456});
  CHECK(parse_cents("-$0.05") == Cents{-5});
  CHECK(parse_cents("-0.05") == Cents{-5});
  CHECK(parse_cents("$0.00") == Cents{0});
  CHECK(parse_cents("12,345,678.90") == Cents{1234567890});
}

TEST_CASE("whatever might be a slip is no amount, and the message shows it") {
  for (const std::string text :
       {"",       "$",         "-",         ".",     ".50",     "$.50",        "5",
        "$5",     "5.",        "5.0",       "5.000", "1,23.45", "1234,567.00", ",123.00",
        "1,.00",  "1,2345.00", "1,234,.00", "+1.00", "--1.00",  "$-1.00",      "$$1.00",
        " 1.00",  "1.00 ",     "1 000.00",  "1.0a",  "a.00",    "007.00",      "00.00",
        "1e3.00", "0x1.00",    "1.-5",      "nan",   "inf",     "1,23a.00"}) {
    CAPTURE(text);
    const auto read = parse_cents(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == bank::Errc::bad_amount);
    CHECK(read.error().detail.find("is no amount; takes dollars and two digits") !=
          std::string::npos);
  }
}

TEST_CASE("an amount that 64 bits cannot count is refused") {
  CHECK(parse_cents("$92,233,720,368,547,758.07") == Cents{INT64_MAX});
  CHECK(parse_cents("-$92,233,720,368,547,758.08") == Cents{INT64_MIN});
  for (const std::string text :
       {"92233720368547758.08", "-92233720368547758.09", "99999999999999999999999.00"}) {
    CAPTURE(text);
    CHECK(parse_cents(text).error().code == bank::Errc::overflow);
  }
}

TEST_CASE("what was printed is read back as the same amount") {
  Rng rng(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = static_cast<std::int64_t>(rng.next());
    const Cents amount{bits >> rng.below(64)};
    CAPTURE(amount.raw());
    CHECK(parse_cents(to_text(amount)) == amount);
  }
}

TEST_CASE("sums and differences are right or refused, never wrapped around") {
  CHECK(plus(Cents{1}, Cents{2}) == Cents{3});
  CHECK(minus(Cents{1}, Cents{2}) == Cents{-1});
  CHECK(plus(Cents{INT64_MAX}, Cents{0}) == Cents{INT64_MAX});
  CHECK(plus(Cents{INT64_MAX}, Cents{1}).error().code == bank::Errc::overflow);
  CHECK(plus(Cents{INT64_MIN}, Cents{-1}).error().code == bank::Errc::overflow);
  CHECK(minus(Cents{INT64_MIN}, Cents{1}).error().code == bank::Errc::overflow);
  CHECK(minus(Cents{0}, Cents{INT64_MIN}).error().code == bank::Errc::overflow);
}
