// One request, and every order in which its messages and syncs can happen, or be lost.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/all_choices.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

constexpr std::size_t kNodes = 3;

// What can happen to a message.
enum class Fate : std::uint8_t { arrives, is_lost, bounces };

// A table that does what the choices say, until nothing is left to happen.
class Run {
 public:
  Run(Table& table, AllChoices& choices) : table_(table), choices_(choices) {}

  bool has_sync_steps = false;
  // What may happen to a message beside arriving.
  std::function<std::vector<Fate>(const Message&)> fates = [](const Message&) {
    return std::vector<Fate>{};
  };
  // After each step.
  std::function<void()> look = [] {};

  void go() {
    table_.syncs_itself = !has_sync_steps;
    while (step()) look();
  }

  // Whether node i has had a sync since it stored something.
  [[nodiscard]] bool is_synced(std::size_t i) const {
    return table_.engine(i).last_seq() == synced_[i];
  }

 private:
  struct Step {
    std::size_t mail;
    Fate fate;
  };

  bool step() {
    std::vector<Step> steps;
    for (std::size_t i = 0; i < table_.mail.size(); ++i) {
      steps.push_back({i, Fate::arrives});
      for (const Fate fate : fates(table_.mail[i])) steps.push_back({i, fate});
    }
    std::vector<std::size_t> syncs;
    for (std::size_t i = 0; i < kNodes && has_sync_steps; ++i) {
      if (!is_synced(i)) syncs.push_back(i);
    }
    if (steps.empty() && syncs.empty()) return false;
    const std::size_t chosen = choices_.choose(steps.size() + syncs.size());
    if (chosen >= steps.size()) {
      const std::size_t node = syncs[chosen - steps.size()];
      synced_.at(node) = table_.engine(node).last_seq();
      table_.sync(node);
      return true;
    }
    const Step& step = steps[chosen];
    std::size_t seen = 0;
    const auto is_this = [&](const Message&) { return seen++ == step.mail; };
    if (step.fate == Fate::arrives) table_.deliver_one(is_this);
    if (step.fate == Fate::is_lost) table_.drop(is_this);
    if (step.fate == Fate::bounces) table_.bounce(is_this);
    return true;
  }

  Table& table_;
  AllChoices& choices_;
  std::vector<std::uint64_t> synced_ = std::vector<std::uint64_t>(kNodes);
};

std::size_t holders(const Table& table, const std::string& value) {
  std::size_t holders = 0;
  for (std::size_t i = 0; i < kNodes; ++i) {
    const KeyState held = table.held(i, "k");
    holders += held.versions.size() == 1 && held.versions.front().value == value ? 1 : 0;
  }
  return holders;
}

}  // namespace

TEST_CASE("a put, in every order: acknowledged exactly when two disks have said so") {
  AllChoices choices;
  std::size_t ok = 0, unknown = 0, refused = 0;
  do {
    Table table;
    Run run(table, choices);
    run.fates = [](const Message& message) {
      return is<Offer>(message) ? std::vector{Fate::is_lost, Fate::bounces}
                                : std::vector{Fate::is_lost};
    };
    const Ticket put = table.ask(0, put_of("k", "v"));
    run.look = [&] {
      const Reply* const reply = table.reply(put);
      if (reply == nullptr) return;
      if (reply->outcome == Outcome::ok) REQUIRE(holders(table, "v") >= 2);
    };
    run.go();
    table.pass(2'000'000);
    const Reply& reply = table.now_reply(put);
    if (reply.outcome == Outcome::ok) REQUIRE(reply.answers == 2);
    if (reply.outcome == Outcome::refused) REQUIRE(holders(table, "v") == 0);
    REQUIRE(table.node(0).in_flight() == 0);
    ok += reply.outcome == Outcome::ok ? 1 : 0;
    unknown += reply.outcome == Outcome::unknown ? 1 : 0;
    refused += reply.outcome == Outcome::refused ? 1 : 0;
  } while (choices.next());
  MESSAGE(choices.runs(), " orders: ", ok, " ok, ", unknown, " unknown, ", refused);
  CHECK(ok > 500);
  CHECK(unknown > 1000);
  CHECK(refused == 0);  // two that bounced end it, and the third may still come
}

TEST_CASE(
    "a put, with every order of syncs: never acknowledged before two disks have it") {
  AllChoices choices;
  do {
    Table table;
    Run run(table, choices);
    run.has_sync_steps = true;
    const Ticket put = table.ask(0, put_of("k", "v"));
    run.look = [&] {
      if (table.reply(put) == nullptr) return;
      std::size_t durable = 0;
      for (std::size_t i = 0; i < kNodes; ++i) {
        const bool has_it = table.held(i, "k").versions.size() == 1;
        durable += has_it && run.is_synced(i) ? 1 : 0;
      }
      REQUIRE(durable >= 2);
    };
    run.go();
    REQUIRE(table.now_reply(put).outcome == Outcome::ok);
  } while (choices.next());
  MESSAGE(choices.runs(), " orders");
  CHECK(choices.runs() > 500);
}

namespace {

void check_get_in_every_order(const std::string& filling) {
  for (const std::size_t victim : {1U, 2U}) {
    for (const std::size_t behind : {0U, 1U, 2U}) {
      CAPTURE(victim);
      CAPTURE(behind);
      AllChoices choices;
      do {
        Table table;
        CHECK(table.run(0, put_of("k", "old" + filling)).outcome == Outcome::ok);
        const Ticket put = table.ask((behind + 1) % kNodes, put_of("k", "new" + filling));
        table.drop(to(behind));
        table.deliver_all();
        REQUIRE(table.now_reply(put).outcome == Outcome::ok);
        const Ticket half = table.ask(victim, put_of("k", "half done" + filling));
        table.deliver_one(between(victim, victim));
        table.drop(anything);
        REQUIRE(table.reply(half) == nullptr);

        Run run(table, choices);
        const auto concerns = [&](const Message& message) {
          return message.to.raw() == victim || message.from.raw() == victim;
        };
        run.fates = [&](const Message& message) {
          return concerns(message) ? std::vector{Fate::is_lost} : std::vector<Fate>{};
        };
        const Ticket get = table.ask(0, get_of("k"));
        run.go();
        for (int round = 0; round < 3; ++round) {  // from now on it is dead for sure
          table.pass(200'000);
          table.drop(concerns);
          table.deliver([&](const Message& message) { return !concerns(message); });
          table.drop(concerns);
        }
        const Reply& reply = table.now_reply(get);
        REQUIRE(reply.outcome == Outcome::ok);
        REQUIRE(table.values(reply).size() == 1);
        REQUIRE(table.values(reply).front() != "old" + filling);
      } while (choices.next());
      MESSAGE(choices.runs(), " orders");
    }
  }
}

}  // namespace

TEST_CASE("a get, in every order and with one owner dying at any moment, is answered") {
  check_get_in_every_order("");
}

TEST_CASE("the same of values that are sent only when somebody has room for them") {
  check_get_in_every_order(std::string(kLongValue, 'v'));
}

TEST_CASE("a sibling, in every order: nobody holds it before its maker's disk does") {
  AllChoices choices;
  do {
    Table table({.policy = Policy::siblings});
    const std::string empty = table.run(0, get_of("k")).context;
    Run run(table, choices);
    run.has_sync_steps = true;
    run.fates = [](const Message& message) {
      return is<Push>(message) ? std::vector{Fate::is_lost} : std::vector<Fate>{};
    };
    Request request = put_of("k", "v");
    request.context = empty;
    const Ticket put = table.ask(0, request);
    run.look = [&] {
      std::vector<bool> has_it;
      for (std::size_t i = 0; i < kNodes; ++i) {
        has_it.push_back(!table.held(i, "k").versions.empty());
      }
      const bool is_made = has_it[0] && run.is_synced(0);
      REQUIRE((is_made || (!has_it[1] && !has_it[2])));
      if (table.reply(put) == nullptr) return;
      REQUIRE(is_made);
      const bool is_copied =
          (has_it[1] && run.is_synced(1)) || (has_it[2] && run.is_synced(2));
      REQUIRE(is_copied);
    };
    run.go();
    if (table.reply(put) == nullptr) table.pass(2'000'000);
    const Reply& reply = table.now_reply(put);
    REQUIRE(reply.outcome != Outcome::refused);
    REQUIRE(holders(table, "v") >= (reply.outcome == Outcome::ok ? 2 : 1));
  } while (choices.next());
  MESSAGE(choices.runs(), " orders");
  CHECK(choices.runs() > 20);
}
