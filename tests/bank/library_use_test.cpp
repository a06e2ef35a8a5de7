// The examples of the bank's chapter: tests/docs/cpp_blocks_test.cpp holds the page to
// this file.
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "v3_virtual_nodes/bank/bank.hpp"

namespace {

using namespace kv::bank;

Result<Record> first_day() {
  Bank bank(160);  // every database 160 times on the ring

  if (auto added = bank.add_database("db_1"); !added)
    return std::unexpected(added.error());
  if (auto added = bank.add_database("db_2"); !added)
    return std::unexpected(added.error());

  auto opened = bank.add_record({.number = "1001",
                                 .first_name = "Ada",
                                 .last_name = "Lovelace",
                                 .savings = Cents{1'234'56},
                                 .checking = Cents{100'00}});
  if (!opened) return std::unexpected(opened.error());

  auto paid = bank.deposit({"1001", Account::checking}, Cents{50'00});
  if (!paid) return std::unexpected(paid.error());

  return bank.find("1001");  // checking: $150.00
}

}  // namespace

TEST_CASE("the chapter's first day ends as it says") {
  const auto ada = first_day();
  REQUIRE(ada.has_value());
  CHECK(to_text(ada->checking) == "$150.00");
  CHECK(to_text(ada->savings) == "$1,234.56");
}

TEST_CASE("the chapter's own hash is taken, 32 bits or 64, lambda or function") {
  const auto my_hash = [](std::string_view bytes) -> std::uint32_t {
    std::uint32_t sum = 0;
    for (const char c : bytes) sum = sum * 31 + static_cast<unsigned char>(c);
    return sum;
  };
  Bank bank(160, my_hash);
  REQUIRE(bank.add_database("db_1").has_value());
  REQUIRE(bank.add_record({.number = "1001"}).has_value());
  CHECK(bank.find("1001").has_value());
  Bank other(1, &kv::xxh64);
  CHECK(other.add_database("db_1").has_value());
}

TEST_CASE("the chapter's refusal has a code to decide by and a sentence to show") {
  Bank bank;
  REQUIRE(bank.add_database("db_1").has_value());
  REQUIRE(bank.add_record({.number = "1", .checking = Cents{5'00}}).has_value());
  REQUIRE(bank.add_record({.number = "2"}).has_value());
  std::string shown;
  auto sent = bank.transfer({"1"}, {"2"}, Cents{7'00});
  if (!sent && sent.error().code == Errc::insufficient_funds) {
    shown = sent.error().detail;
  }
  CHECK(shown == "customer 1: checking holds $5.00, which is less than $7.00");
}
