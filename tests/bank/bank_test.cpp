// One thread: every refusal, and random work beside the dumb twin.
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/bank/twin.hpp"

using namespace kv;
using namespace kv::bank;

namespace {

using Code = bank::Errc;

void check_refused(const auto& result, Code code, const std::string& sentence) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == code);
  CHECK(result.error().detail == sentence);
}

Audit quiet_audit(Bank& bank) {
  const auto audit = bank.audit();
  REQUIRE(audit.has_value());
  CHECK(audit->balances());
  return *audit;
}

}  // namespace

TEST_CASE("a bank says what it refuses, and why") {
  Bank bank(8);
  check_refused(bank.add_record({.number = "1"}), Code::no_database,
                "customer 1: there is no database to hold the record; add one first");
  check_refused(bank.find("1"), Code::unknown_record,
                "customer 1: there is no such record");
  check_refused(bank.remove_database("a"), Code::unknown_database,
                "a: there is no database of that name");
  REQUIRE(bank.add_database("a").has_value());
  check_refused(bank.add_database("a"), Code::duplicate_database,
                "a: there is a database of that name already");
  check_refused(bank.weigh_database("b", 2), Code::unknown_database,
                "b: there is no database of that name");
  check_refused(bank.remove_database("a"), Code::last_database,
                "a: is the last database, and records need a place; add another first");
  CHECK(bank.add_record({.number = ""}).error().code == Code::unknown_record);
  REQUIRE(bank.add_record({.number = "1", .checking = Cents{5'00}}).has_value());
  check_refused(bank.add_record({.number = "1"}), Code::duplicate_record,
                "customer 1: there is such a record already");
  check_refused(bank.deposit({"2"}, Cents{1}), Code::unknown_record,
                "customer 2: there is no such record");
  check_refused(bank.deposit({"1"}, Cents{0}), Code::bad_amount,
                "$0.00: what is moved is at least $0.01");
  check_refused(bank.transfer({"1"}, {"1"}, Cents{-1}), Code::bad_amount,
                "-$0.01: what is moved is at least $0.01");
  check_refused(bank.transfer({"1"}, {"2"}, Cents{1}), Code::unknown_record,
                "customer 2: there is no such record");
  check_refused(bank.transfer({"3"}, {"1"}, Cents{1}), Code::unknown_record,
                "customer 3: there is no such record");
  check_refused(bank.transfer({"1"}, {"1"}, Cents{1}), Code::bad_amount,
                "customer 1: both ends of the transfer are checking");
  check_refused(bank.transfer({"1"}, {"1", Account::savings}, Cents{5'01}),
                Code::insufficient_funds,
                "customer 1: checking holds $5.00, which is less than $5.01");
  CHECK(bank.transfer({"1"}, {"1", Account::savings}, Cents{5'00}).has_value());
  CHECK(bank.find("1")->savings == Cents{5'00});
}

TEST_CASE(
    "a database has a name that can be printed, a weight, and not too many places") {
  Bank bank(1'000'000);
  CHECK(bank.add_database("").error().code == Code::bad_database);
  CHECK(bank.add_database("a\nb").error().code == Code::bad_database);
  CHECK(bank.add_database("a", 0).error().code == Code::bad_database);
  CHECK(bank.add_database("a", -1).error().code == Code::bad_database);
  CHECK(bank.add_database("a", 0.0 / 0.0).error().code == Code::bad_database);
  CHECK(bank.add_database("a", 11).error().detail ==
        "a: makes 11000000 places on the ring, and 10000000 is the most");
  CHECK(bank.add_database("a", 1e300).error().code == Code::bad_database);
  Bank many(1);
  for (std::size_t i = 0; i < kDatabasesMax; ++i) {
    REQUIRE(many.add_database("db_" + std::to_string(i)).has_value());
  }
  CHECK(many.add_database("more").error().code == Code::bad_database);
  CHECK(many.weigh_database("db_7", 2).has_value());  // a full house, and no newcomer
}

TEST_CASE("weights count as the ring counts them: in whole places") {
  Bank bank(1);
  for (int i = 0; i < 9; ++i) {
    REQUIRE(bank.add_database("db_" + std::to_string(i), 999'999.5).has_value());
  }
  REQUIRE(bank.add_database("light", 4.5).has_value());  // 5, and 9 million are taken
  check_refused(bank.add_database("db_9", 999'999.5), Code::bad_database,
                "db_9: makes 10000005 places on the ring, and 10000000 is the most");
  check_refused(bank.weigh_database("light", 1'000'000.6), Code::bad_database,
                "light: makes 10000001 places on the ring, and 10000000 is the most");
  CHECK(bank.weigh_database("light", 1'000'000.4).has_value());
}

TEST_CASE("a bank tells 65,535 names apart, and says so when there is one more") {
  Roll roll;
  for (std::uint32_t i = 0; i < kNodesMax; ++i) {
    const std::string name = "db_" + std::to_string(i);
    REQUIRE(roll.id_for(name) == NodeId{i});
    roll.enter(name);
  }
  CHECK_FALSE(roll.id_for("one more").has_value());
  roll.enter("one more");
  CHECK_FALSE(roll.id_for("one more").has_value());
  CHECK(roll.id_for("db_65534") == NodeId{65'534});  // one that was here may come back
}

TEST_CASE("sums that 64 bits cannot count are refused before anything changes") {
  Bank bank(8);
  REQUIRE(bank.add_database("a").has_value());
  const Cents all{INT64_MAX};
  check_refused(bank.add_record({.number = "0", .savings = all, .checking = Cents{1}}),
                Code::overflow, "the sum is more cents than 64 bits can count");
  CHECK_FALSE(bank.find("0").has_value());
  REQUIRE(bank.add_record({.number = "1", .savings = all}).has_value());
  REQUIRE(bank.add_record({.number = "2", .savings = Cents{1}}).has_value());
  CHECK(bank.deposit({"1", Account::savings}, Cents{1}).error().code == Code::overflow);
  CHECK(bank.transfer({"2", Account::savings}, {"1", Account::savings}, Cents{1})
            .error()
            .code == Code::overflow);
  CHECK(bank.find("1")->savings == all);
  CHECK(bank.find("2")->savings == Cents{1});
  // The total is too large to be counted, until money can be counted again: an audit that
  // failed leaves nothing behind.
  CHECK(bank.audit().error().code == Code::overflow);
}

TEST_CASE("records with the same hash are told apart, and move together") {
  for (const Rebalance way : {Rebalance::at_once, Rebalance::lazily}) {
    Bank bank(
        4,
        [](std::string_view bytes) -> std::uint32_t {
          return bytes.size() > 3 ? static_cast<std::uint32_t>(bytes.back()) * 40503U
                                  : 7U;
        },
        way);
    REQUIRE(bank.add_database("db_1").has_value());
    for (int i = 0; i < 100; ++i) {
      REQUIRE(bank.add_record({.number = std::to_string(i), .savings = Cents{i}})
                  .has_value());
    }
    for (const std::string name : {"db_2", "db_3", "db_4"}) {
      REQUIRE(bank.add_database(name).has_value());
    }
    REQUIRE(bank.remove_database("db_1").has_value());
    for (int i = 0; i < 100; i += 3) {
      CHECK(bank.find(std::to_string(i))->savings == Cents{i});
    }
    bank.finish_moves();
    CHECK(quiet_audit(bank).records == 100);
    CHECK(quiet_audit(bank).not_at_home == 0);
  }
}

TEST_CASE("a newcomer gets its share of the ring, and only that moves, either way") {
  std::vector<std::uint64_t> moved;
  for (const Rebalance way : {Rebalance::at_once, Rebalance::lazily}) {
    Bank bank(160, default_hash(), way);
    REQUIRE(bank.add_database("db_1").has_value());
    REQUIRE(bank.add_database("db_2").has_value());
    for (int i = 0; i < 3000; ++i) {
      REQUIRE(bank.add_record({.number = std::to_string(i)}).has_value());
    }
    REQUIRE(bank.add_database("db_3").has_value());
    const auto right_after = bank.changes().back();
    CHECK((right_after.in_change > 0) == (way == Rebalance::at_once));
    for (int i = 0; i < 1000; ++i) CHECK(bank.find(std::to_string(i)).has_value());
    CHECK((bank.changes().back().touched > 0) == (way == Rebalance::lazily));
    CHECK((quiet_audit(bank).not_at_home > 0) == (way == Rebalance::lazily));
    bank.finish_moves();
    const auto audit = quiet_audit(bank);
    CHECK(audit.not_at_home == 0);
    const auto change = bank.changes().back();
    CHECK(change.moved() == holding_of(audit, "db_3").records);
    CHECK(change.moved() > 700);  // a third, more or less
    CHECK(change.moved() < 1300);
    moved.push_back(change.moved());
  }
  CHECK(moved[0] == moved[1]);
}

namespace {

// The same random work for the bank and its twin.
class Pair {
 public:
  Pair(std::uint64_t seed, Rebalance way) : rng_(seed), bank_(10, default_hash(), way) {
    REQUIRE(bank_.add_database("db_0").has_value());
    members_.insert("db_0");
  }

  void step() {
    const std::uint64_t draw = rng_.below(100);
    if (draw < 20) return open();
    if (draw < 45) return deposit();
    if (draw < 75) return transfer();
    if (draw < 90) return look();
    if (draw < 97) return change();
    if (draw < 98) return bank_.finish_moves();
    CHECK(quiet_audit(bank_).records == twin_.records().size());
  }

  void check_all() {
    bank_.finish_moves();
    const auto audit = quiet_audit(bank_);
    const auto expected = twin_.records();
    CHECK(audit.records == expected.size());
    CHECK(audit.not_at_home == 0);
    for (const auto& [number, record] : expected) {
      const auto found = bank_.find(number);
      REQUIRE(found.has_value());
      for (const Account account : kAccounts) {
        CHECK(found->balance(account) == record.balance(account));
      }
    }
    for (const Holding& holding : audit.holdings) {
      CHECK((holding.records == 0 || members_.contains(holding.database)));
    }
  }

 private:
  std::string number() { return std::to_string(rng_.below(300)); }
  Account account() { return kAccounts[rng_.below(kAccounts.size())]; }
  Cents amount() { return Cents{static_cast<std::int64_t>(rng_.below(50'00))}; }

  void open() {
    Record record{.number = number(), .first_name = "A", .last_name = "B"};
    for (const Account each : kAccounts) record.balance(each) = amount();
    CHECK(code_of(bank_.add_record(record)) == twin_.add_record(record));
  }
  void deposit() {
    const auto who = number();
    const auto into = account();
    const auto cents = amount();
    CHECK(code_of(bank_.deposit({who, into}, cents)) == twin_.deposit(who, into, cents));
  }
  void transfer() {
    const auto from = number(), to = number();
    const auto giving = account(), taking = account();
    const auto cents = amount();
    CHECK(code_of(bank_.transfer({from, giving}, {to, taking}, cents)) ==
          twin_.transfer(from, giving, to, taking, cents));
  }
  void look() {
    const auto who = number();
    const auto expected = twin_.records();
    const auto found = bank_.find(who);
    REQUIRE(found.has_value() == expected.contains(who));
    if (found) CHECK(found->savings == expected.at(who).savings);
  }
  void change() {
    const std::string name = "db_" + std::to_string(rng_.below(8));
    const double weight = static_cast<double>(1 + rng_.below(30)) / 10;
    if (!members_.contains(name)) {
      REQUIRE(bank_.add_database(name, weight).has_value());
      members_.insert(name);
    } else if (rng_.below(2) == 0) {
      REQUIRE(bank_.weigh_database(name, weight).has_value());
    } else if (members_.size() > 1) {
      REQUIRE(bank_.remove_database(name).has_value());
      members_.erase(name);
    }
  }

  Rng rng_;
  Bank bank_;
  Twin twin_;
  std::set<std::string> members_;
};

}  // namespace

TEST_CASE("random work: the bank answers as its dumb twin, whichever way records move") {
  for (const Rebalance way : {Rebalance::at_once, Rebalance::lazily}) {
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
      CAPTURE(seed);
      CAPTURE(static_cast<int>(way));
      Pair pair(seed, way);
      for (int i = 0; i < 1000; ++i) pair.step();
      pair.check_all();
    }
  }
}
