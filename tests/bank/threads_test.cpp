// Many threads, and databases that come and go meanwhile: nothing is lost, nothing is
// there twice, and whoever counts at any moment counts right.
#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/bank/twin.hpp"
#include "v3_virtual_nodes/bank/customers.hpp"
#include "v3_virtual_nodes/bank/plan.hpp"
#include "v3_virtual_nodes/bank/rush_hour.hpp"

using namespace kv;
using namespace kv::bank;

namespace {

constexpr bool kUnderTsan = std::string_view(KV_SANITIZE) == "thread";
constexpr std::uint64_t kSeeds = kUnderTsan ? 2 : 4;
constexpr std::uint64_t kCustomers = 2000;

void open_accounts(Bank& bank, std::uint64_t seed) {
  for (const std::string name : {"db_0", "db_1", "db_2"}) {
    REQUIRE(bank.add_database(name).has_value());
  }
  for (std::uint64_t i = 0; i < kCustomers; ++i) {
    REQUIRE(bank.add_record(made_up_customer(seed, i)).has_value());
  }
}

// Random work on few customers, so that threads meet. Refusals are part of the game.
struct Teller {
  Bank& bank;
  Rng rng;
  std::int64_t deposited = 0;
  std::uint64_t faults = 0;

  std::string number() { return std::to_string(100'000'000 + rng.below(kCustomers)); }
  Account account() { return kAccounts[rng.below(kAccounts.size())]; }

  void work(int operations) {
    for (int i = 0; i < operations; ++i) {
      const std::string who = number(), whom = number();
      const Cents amount{static_cast<std::int64_t>(1 + rng.below(2'000'00))};
      const std::uint64_t draw = rng.below(4);
      if (draw == 0) {
        const bool done = bank.deposit({who, account()}, amount).has_value();
        deposited += done ? amount.raw() : 0;
        faults += done ? 0 : 1;
      } else if (draw == 1) {
        const auto found = bank.find(who);
        faults += found && found->number == who ? 0 : 1;
      } else {
        const auto code =
            code_of(bank.transfer({who, account()}, {whom, account()}, amount));
        const bool fair = !code || *code == bank::Errc::insufficient_funds ||
                          (*code == bank::Errc::bad_amount && who == whom);
        faults += fair ? 0 : 1;
      }
    }
  }
};

// A step of random membership, kept between two and six databases.
void change_membership(Bank& bank, Rng& rng, std::vector<std::string>& members,
                       int& next) {
  const std::uint64_t draw = rng.below(5);
  if (members.size() < 3 || (draw < 2 && members.size() < 6)) {
    members.push_back("db_" + std::to_string(next++ % 9));
    if (bank.add_database(members.back()).has_value()) return;
    members.pop_back();  // it is there already
  }
  const std::size_t which = rng.below(members.size());
  if (draw == 4) {
    CHECK(bank.weigh_database(members[which], 2).has_value());
  } else {
    CHECK(bank.remove_database(members[which]).has_value());
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(which));
  }
}

void run_day(std::uint64_t seed, Rebalance way) {
  Bank bank(20, default_hash(), way);
  open_accounts(bank, seed);
  const auto opened = bank.audit();
  REQUIRE(opened.has_value());
  std::vector<Teller> tellers;
  for (std::uint64_t t = 0; t < 4; ++t) tellers.push_back({bank, Rng(seed * 100 + t)});
  std::atomic<bool> open = true;
  std::uint64_t audits = 0, wrong_audits = 0;
  std::latch start(6);
  {
    const std::jthread auditor([&] {
      start.arrive_and_wait();
      while (open.load()) {
        const auto audit = bank.audit();
        ++audits;
        const bool right = audit && audit->balances() && audit->records == kCustomers;
        wrong_audits += right ? 0 : 1;
      }
    });
    std::vector<std::jthread> crew;
    crew.reserve(tellers.size());
    for (Teller& teller : tellers) {
      crew.emplace_back([&] {
        start.arrive_and_wait();
        teller.work(kUnderTsan ? 4000 : 20'000);
      });
    }
    Rng rng(seed);
    std::vector<std::string> members{"db_0", "db_1", "db_2"};
    int next = 3;
    start.arrive_and_wait();
    for (int i = 0; i < 20; ++i) {
      change_membership(bank, rng, members, next);
      if (i % 5 == 4) bank.finish_moves();  // otherwise the next change finishes the last
    }
    for (std::jthread& thread : crew) thread.join();
    open = false;
  }
  CHECK(audits > 0);
  CHECK(wrong_audits == 0);
  std::int64_t deposited = 0;
  for (const Teller& teller : tellers) {
    CHECK(teller.faults == 0);
    deposited += teller.deposited;
  }
  bank.finish_moves();
  const auto closed = bank.audit();
  REQUIRE(closed.has_value());
  CHECK(closed->money.raw() == opened->money.raw() + deposited);
  CHECK(closed->deposited.raw() == deposited);
  CHECK(closed->records == kCustomers);
  CHECK(closed->not_at_home == 0);
  for (std::uint64_t i = 0; i < kCustomers; ++i) {
    const std::string number = std::to_string(100'000'000 + i);
    CHECK(bank.find(number).has_value());
  }
}

}  // namespace

TEST_CASE("threads work while twenty changes move records at once: nothing is lost") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    run_day(seed, Rebalance::at_once);
  }
}

TEST_CASE("threads work while twenty changes move records lazily: nothing is lost") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    run_day(seed, Rebalance::lazily);
  }
}

TEST_CASE("transfers in opposite directions between two customers end") {
  Bank bank;
  REQUIRE(bank.add_database("db_1").has_value());
  for (const std::string number : {"1", "2", "3"}) {
    REQUIRE(
        bank.add_record({.number = number, .checking = Cents{1'000'000'00}}).has_value());
  }
  std::latch start(4);
  std::atomic<std::uint64_t> refused = 0;
  const auto send = [&](std::string_view from, std::string_view to) {
    start.arrive_and_wait();
    for (int i = 0; i < 20'000; ++i) {
      if (!bank.transfer({from}, {to}, Cents{1})) ++refused;
    }
  };
  {
    const std::jthread a([&] { send("1", "2"); });
    const std::jthread b([&] { send("2", "1"); });
    const std::jthread c([&] { send("2", "3"); });
    const std::jthread d([&] { send("3", "1"); });
  }
  CHECK(refused == 0);
  CHECK(bank.audit()->balances());
}

TEST_CASE("records added while databases change are all there") {
  for (const Rebalance way : {Rebalance::at_once, Rebalance::lazily}) {
    Bank bank(20, default_hash(), way);
    REQUIRE(bank.add_database("db_0").has_value());
    REQUIRE(bank.add_database("db_x").has_value());
    std::latch start(3);
    std::atomic<std::uint64_t> added = 0;
    const auto open_accounts = [&] {  // both try all: one of the two gets each
      start.arrive_and_wait();
      for (std::uint64_t i = 0; i < 5000; ++i) {
        if (bank.add_record(made_up_customer(1, i))) ++added;
      }
    };
    {
      const std::jthread one(open_accounts), two(open_accounts);
      start.arrive_and_wait();
      for (int i = 0; i < 10; ++i) {
        CHECK(bank.add_database("db_1").has_value());
        CHECK(bank.remove_database(i % 2 == 0 ? "db_0" : "db_x").has_value());
        CHECK(bank.add_database(i % 2 == 0 ? "db_0" : "db_x").has_value());
        CHECK(bank.remove_database("db_1").has_value());
      }
    }
    CHECK(added == 5000);
    bank.finish_moves();
    const auto audit = bank.audit();
    REQUIRE(audit.has_value());
    CHECK(audit->records == 5000);
    CHECK(audit->not_at_home == 0);
    CHECK(audit->balances());
  }
}

TEST_CASE("a plan succeeds in every order, and ends as it says to the cent") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    std::vector<Record> customers;
    for (std::uint64_t i = 0; i < 50; ++i) {
      customers.push_back(made_up_customer(seed, i));
      customers.back().checking = Cents{static_cast<std::int64_t>(i % 3)};  // poor
      if (i % 7 == 0) customers.back().savings = Cents{-1};
    }
    Bank bank(20, default_hash(), Rebalance::lazily);
    REQUIRE(bank.add_database("db_0").has_value());
    for (const Record& customer : customers) {
      REQUIRE(bank.add_record(customer).has_value());
    }
    Planner planner(customers, seed);
    for (const std::string name : {"db_1", "db_2", "db_3"}) {
      const StepPlan plan = planner.next_step(6000, 5);
      CHECK(plan.work.deposits + plan.work.transfers + plan.work.reads == 6000);
      const auto timing =
          rush_hour(bank, customers, plan, true, [&] { return bank.add_database(name); });
      REQUIRE(timing.has_value());
      CHECK(timing->in_window == 6000);
    }
    for (std::size_t i = 0; i < customers.size(); ++i) {
      const auto found = bank.find(customers[i].number);
      REQUIRE(found.has_value());
      for (const Account account : kAccounts) {
        CHECK(found->balance(account) == planner.expected(i, account));
      }
    }
  }
}
