// The bank before it had the right locks: how money and records get lost. Every access is
// atomic or behind a lock, so nothing here is undefined; it is merely wrong. Latches put
// the two threads in the unlucky order, so it is wrong every time.
#include <atomic>
#include <cstdint>
#include <latch>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <doctest/doctest.h>

namespace {

// First try: a balance that cannot be torn.
struct AtomicBalance {
  std::atomic<std::int64_t> cents = 100'00;

  void deposit(std::int64_t amount, std::latch& both_have_read) {
    const std::int64_t before = cents.load();
    both_have_read.arrive_and_wait();  // bad luck, made certain
    cents.store(before + amount);
  }
};

// Second try: a lock for each database, and each step right by itself.
struct Shard {
  std::mutex mutex;
  std::map<std::string, std::int64_t> cents;
};

struct CheckThenAct {
  Shard old_home, new_home;

  void deposit(const std::string& number, std::int64_t amount, std::latch& looked,
               std::latch& moved) {
    std::int64_t before = 0;
    {
      const std::scoped_lock lock(old_home.mutex);
      before = old_home.cents.at(number);  // check: it is here, and holds this much
    }
    looked.count_down();
    moved.wait();  // bad luck, made certain: it moves now
    const std::scoped_lock lock(old_home.mutex);
    old_home.cents[number] = before + amount;  // act: in a place that it has left
  }

  void move(const std::string& number) {
    std::int64_t cents = 0;
    {
      const std::scoped_lock lock(old_home.mutex);
      cents = old_home.cents.at(number);
      old_home.cents.erase(number);
    }
    const std::scoped_lock lock(new_home.mutex);
    new_home.cents[number] = cents;
  }
};

// Third try: both shards locked for a transfer, but by whoever looks in between, one
// after the other.
struct TwoSteps {
  Shard a, b;

  static void add(Shard& shard, const std::string& number, std::int64_t amount) {
    const std::scoped_lock lock(shard.mutex);
    shard.cents[number] += amount;
  }
  static std::int64_t read(Shard& shard, const std::string& number) {
    const std::scoped_lock lock(shard.mutex);
    return shard.cents[number];
  }
};

}  // namespace

TEST_CASE("load and store: of two deposits one is lost, though nothing is torn") {
  AtomicBalance account;
  std::latch both_have_read(2);
  {
    const std::jthread one([&] { account.deposit(10'00, both_have_read); });
    const std::jthread two([&] { account.deposit(10'00, both_have_read); });
  }
  CHECK(account.cents == 110'00);  // and should be 120'00
}

TEST_CASE("check, then act: a deposit lands in a database that the record has left") {
  CheckThenAct bank;
  bank.old_home.cents["1001"] = 100'00;
  std::latch looked(1), moved(1);
  {
    const std::jthread teller([&] { bank.deposit("1001", 10'00, looked, moved); });
    const std::jthread mover([&] {
      looked.wait();
      bank.move("1001");
      moved.count_down();
    });
  }
  CHECK(bank.new_home.cents.at("1001") == 100'00);  // the deposit is lost,
  CHECK(bank.old_home.cents.at("1001") == 110'00);  // and the record is there twice
}

TEST_CASE("a transfer in two steps: an auditor finds the money in neither account") {
  TwoSteps bank;
  bank.a.cents["1001"] = 100'00;
  std::latch taken(1), audited(1);
  std::int64_t seen = -1;
  {
    const std::jthread teller([&] {
      TwoSteps::add(bank.a, "1001", -100'00);
      taken.count_down();
      audited.wait();
      TwoSteps::add(bank.b, "1002", 100'00);
    });
    const std::jthread auditor([&] {
      taken.wait();
      seen = TwoSteps::read(bank.a, "1001") + TwoSteps::read(bank.b, "1002");
      audited.count_down();
    });
  }
  CHECK(seen == 0);  // and should be 100'00
}
