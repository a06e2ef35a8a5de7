// Gets whose owners disagree, are damaged, or answer late.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

const Error kDamage{Errc::corrupt, "its checksum is not its own"};
constexpr std::uint64_t kAgain = 200'000;  // until silent owners are asked again
using Values = std::vector<std::string>;

// "old" is everywhere, "new" everywhere but at node `behind`.
void put_two(Table& table, std::size_t behind) {
  REQUIRE(table.run(0, put_of("k", "old")).outcome == Outcome::ok);
  const Ticket put = table.ask((behind + 1) % 3, put_of("k", "new"));
  table.drop(to(behind));
  table.deliver_all();
  REQUIRE(table.now_reply(put).outcome == Outcome::ok);
}

std::size_t count(const Table& table, const Table::Choice& choice) {
  return static_cast<std::size_t>(std::ranges::count_if(table.mail, choice));
}

}  // namespace

TEST_CASE("owners that agree send one value and digests, and are asked no more than R") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const Ticket get = table.ask(0, get_of("k"));
  CHECK(count(table, is<Ask>) == 2);
  std::size_t values = 0;
  table.deliver([&](const Message& message) {
    const auto* const held = std::get_if<Held>(&message.body);
    values += held != nullptr && held->state ? 1 : 0;
    return true;
  });
  CHECK(values == 1);
  CHECK(table.values(table.now_reply(get)) == Values{"v"});
  CHECK(table.now_reply(get).answers == 2);
}

TEST_CASE("a digest waits for its owner's disk, and a value does not") {
  Table table;
  table.syncs_itself = false;
  table.ask(0, put_of("k", "v"));
  table.deliver_all();
  const Ticket one = table.ask(0, get_of("k", kOne));
  const Ticket two = table.ask(0, get_of("k"));
  table.deliver_all();
  CHECK(table.values(table.now_reply(one)) == Values{"v"});
  CHECK(table.reply(two) == nullptr);
  table.sync(1);
  table.deliver_all();
  CHECK(table.values(table.now_reply(two)) == Values{"v"});
}

TEST_CASE("levels wait for one, a majority, or all") {
  Table table({.nodes = 5, .quorum = {.n = 5, .r = 2, .w = 4}});
  REQUIRE(table.run(0, put_of("k", "v")).needed == 4);
  const auto needs = [&](const Consistency& how, Verb verb) {
    Request request = verb == Verb::get ? get_of("k", how) : erase_of("k", how);
    return table.run(1, std::move(request)).needed;
  };
  CHECK(needs({}, Verb::get) == 2);
  CHECK(needs({}, Verb::erase) == 4);
  for (const Verb verb : {Verb::get, Verb::erase}) {
    CHECK(needs({.level = Level::one}, verb) == 1);
    CHECK(needs({.level = Level::quorum}, verb) == 3);
    CHECK(needs({.level = Level::all}, verb) == 5);
    CHECK(needs({.level = Level::linearizable}, verb) == 3);
    CHECK(needs({.answers = 4}, verb) == 4);
  }
}

TEST_CASE("a level has its own number: linearizable with a weak R or W is refused") {
  Table table;
  for (const Verb verb : {Verb::get, Verb::put, Verb::erase}) {
    Request request{.verb = verb, .key = "k"};
    request.consistency = {.level = Level::linearizable, .answers = 1};
    const Reply& reply = table.run(0, std::move(request));
    CHECK(reply.outcome == Outcome::refused);
    CHECK(reply.trouble == Trouble::bad_request);
    CHECK(table.mail.empty());
  }
}

TEST_CASE("level one: who has nothing is not the last word, and gets what others have") {
  Table table;
  const Ticket put = table.ask(1, put_of("k", "v"));
  table.drop(to(0));
  table.deliver_all();
  REQUIRE(table.now_reply(put).outcome == Outcome::ok);
  const Reply& found = table.run(0, get_of("k", kOne));
  CHECK(table.values(found) == Values{"v"});
  CHECK(found.needed == 1);
  table.stop(1);
  table.stop(2);
  CHECK(table.values(table.run(0, get_of("k", kOne))) == Values{"v"});
}

TEST_CASE(
    "level one: a key that was deleted is known to be gone, and nobody else asked") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  REQUIRE(table.run(0, erase_of("k")).outcome == Outcome::ok);
  CHECK(table.values(table.now_reply(table.ask(0, get_of("k", kOne)))).empty());
  CHECK(table.mail.empty());
}

TEST_CASE("level one: nothing is said when all said so, or are gone, or take too long") {
  Table table;
  const Reply& all = table.run(0, get_of("nowhere", kOne));
  CHECK(all.outcome == Outcome::ok);
  CHECK(table.values(all).empty());
  CHECK(all.answers == 3);
  const Ticket alone = table.ask(0, get_of("nowhere", kOne));
  table.deliver_one(between(0, 0));
  table.deliver_one(between(0, 0));
  CHECK(table.reply(alone) == nullptr);
  table.bounce(anything);
  CHECK(table.values(table.now_reply(alone)).empty());
  CHECK(table.now_reply(alone).answers == 1);
  const Ticket silent = table.ask(0, get_of("nowhere", kOne));
  table.deliver(between(0, 0));
  CHECK(table.reply(silent) == nullptr);
  table.pass(kAgain);
  CHECK(table.now_reply(silent).outcome == Outcome::ok);
  CHECK(table.now_reply(silent).answers == 1);
}

TEST_CASE("a digest that differs is fetched, whoever is behind") {
  for (const std::size_t behind : {0U, 1U}) {
    CAPTURE(behind);
    Table table;
    put_two(table, behind);
    const Ticket get = table.ask(0, get_of("k"));
    table.deliver_all();
    CHECK(table.values(table.now_reply(get)) == Values{"new"});
    CHECK(table.values(table.run(behind, get_of("k", kOne))) == Values{"new"});
  }
}

TEST_CASE("an owner that dies between its digest and its value is not waited for") {
  for (const bool is_told : {true, false}) {
    CAPTURE(is_told);
    Table table;
    REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
    table.ask(1, put_of("k", "half done"));
    table.deliver_one(between(1, 1));
    table.drop(anything);  // nobody but n2 has it
    const Ticket get = table.ask(0, get_of("k"));
    while (count(table, is<Ask>) != 1 || count(table, anything) != 1) {
      REQUIRE(table.deliver_one(anything));
    }
    REQUIRE(count(table, between(0, 1)) ==
            1);  // n2's value is asked for: the others agree
    table.stop(1);
    if (is_told) {
      table.bounce(to(1));
    } else {
      table.drop(to(1));
      table.pass(200'000);
      table.drop(to(1));
    }
    table.deliver_all();
    CHECK(table.values(table.now_reply(get)) == Values{"v"});
  }
}

TEST_CASE("a damaged value is not returned, and is replaced by what was read") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.engine(0).is_cold = true;
  table.engine(0).damaged.insert("k");
  const Reply& got = table.run(0, get_of("k"));
  CHECK(got.outcome == Outcome::ok);
  CHECK(table.values(got) == Values{"v"});
  table.deliver_all();
  table.engine(0).damaged.clear();
  CHECK(table.values(table.run(0, get_of("k", kOne))) == Values{"v"});
}

TEST_CASE("of a damaged copy the digest still counts, and the value is another's") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  for (const std::size_t i : {0U, 1U}) table.engine(i).find_error = kDamage;
  for (const std::size_t node : {0U, 2U}) {
    CHECK(table.values(table.run(node, get_of("k"))) == Values{"v"});
  }
  const Reply& all = table.run(0, get_of("k", {.level = Level::all}));
  CHECK(all.outcome == Outcome::unknown);
  CHECK(all.detail == "0 of the 3 owners needed answered: its checksum is not its own");
}

TEST_CASE("a read of all, for repair: late owners are mended, and then it is over") {
  Table table({.repair_one_in = 1});
  put_two(table, 2);
  const Ticket get = table.ask(0, get_of("k"));
  CHECK(count(table, is<Ask>) == 3);
  table.deliver([](const Message& message) { return message.to != NodeId{2}; });
  CHECK(table.values(table.now_reply(get)) == Values{"new"});
  CHECK(table.node(0).in_flight() == 1);  // one has not answered yet
  const Message late = *std::ranges::find_if(table.mail, to(2));
  table.pass(200'000);
  CHECK(count(table, is<Ask>) == 1);  // nobody asks again for that
  table.mail.push_back(late);
  table.deliver_all();
  CHECK(table.node(0).in_flight() == 0);
  CHECK(table.held(2, "k") == table.held(0, "k"));
}

TEST_CASE("a read of all whose last owner never answers, or cannot, ends") {
  Table table({.repair_one_in = 1});
  put_two(table, 2);
  table.ask(0, get_of("k"));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.node(0).in_flight() == 1);
  table.pass(2'000'000);
  CHECK(table.node(0).in_flight() == 0);

  table.ask(0, get_of("k"));
  table.deliver([](const Message& message) { return message.to != NodeId{2}; });
  table.bounce(to(2));
  CHECK(table.node(0).in_flight() == 0);

  const Ticket damaged = table.ask(0, get_of("k"));
  table.deliver([](const Message& message) { return message.to != NodeId{2}; });
  answer_as(table, 0, 2, Held{.error = kDamage});
  table.deliver_all();
  CHECK(table.values(table.now_reply(damaged)) == Values{"new"});
  CHECK(table.node(0).in_flight() == 0);
  CHECK(table.held(2, "k") == table.held(0, "k"));  // it was mended, too
}

TEST_CASE("an answer that comes twice, to a read that goes on, is one") {
  Table table({.repair_one_in = 1});
  put_two(table, 2);
  const Ticket get = table.ask(0, get_of("k", {.level = Level::all}));
  const Message ask = *std::ranges::find_if(table.mail, to(0));
  table.mail.push_back(ask);
  table.deliver(to(0));
  CHECK(table.reply(get) == nullptr);
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)) == Values{"new"});

  table.ask(0, get_of("k"));
  table.deliver([](const Message& message) { return message.to != NodeId{2}; });
  Message again = answer_to(*std::ranges::find_if(table.mail, to(2)), Held{});
  again.from = NodeId{0};
  again.epoch = table.ring->epoch;
  table.step(0, again);  // heard of already
  CHECK(count(table, is<Push>) == 0);
  CHECK(table.node(0).in_flight() == 1);
}

TEST_CASE("linearizable: a write-back that is lost is sent again") {
  Table table;
  put_two(table, 1);
  table.drop(anything);
  const Ticket get = table.ask(0, get_of("k", kLinearizable));
  table.deliver([](const Message& message) { return !is<Push>(message); });
  CHECK(table.reply(get) == nullptr);
  CHECK(count(table, is<Push>) >= 1);
  table.drop(anything);
  table.pass(200'000);
  CHECK(count(table, is<Push>) >= 1);
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)) == Values{"new"});
  CHECK(table.held(1, "k") == table.held(0, "k"));
}

TEST_CASE("linearizable: no answer where what was read cannot be written back") {
  for (const bool by_refusal : {true, false}) {
    CAPTURE(by_refusal);
    Table table;
    put_two(table, 1);
    const Ticket get = table.ask(0, get_of("k", kLinearizable));
    table.deliver([](const Message& message) { return !is<Push>(message); });
    REQUIRE(count(table, is<Push>) == 2);
    if (by_refusal) {
      table.engine(1).write_error = Error{Errc::disk_full, "no room"};
      table.deliver(to(1));
      table.deliver([](const Message& message) { return !is<Push>(message); });
      CHECK(table.reply(get) == nullptr);  // n3 may take it yet
    }
    table.bounce([](const Message& message) { return is<Push>(message); });
    CHECK(table.now_reply(get).outcome == Outcome::unknown);
    CHECK(table.now_reply(get).state.versions.empty());
  }
}

TEST_CASE("linearizable: late answers of the first phase are not answers of the second") {
  Table table({.repair_one_in = 1});
  put_two(table, 1);
  const Ticket get = table.ask(0, get_of("k", kLinearizable));
  std::vector<Message> late(table.mail.begin(), table.mail.end());
  table.deliver([](const Message& message) {
    return !is<Push>(message) && message.to != NodeId{2};
  });
  REQUIRE(table.reply(get) == nullptr);
  REQUIRE(count(table, is<Push>) == 2);
  // Neither do they end it early, nor do they make it fail.
  for (const Message& ask : late) table.step(0, Undelivered{ask});
  CHECK(table.reply(get) == nullptr);
  for (const Message& ask : late) table.mail.push_back(ask);
  table.deliver([](const Message& message) { return !is<Push>(message); });
  CHECK(table.reply(get) == nullptr);
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)) == Values{"new"});
  CHECK(table.node(0).in_flight() == 0);
}

TEST_CASE("a message that is no answer to a read is left alone") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const Ticket get = table.ask(0, get_of("k"));
  const Message ask = table.mail.front();
  for (const std::size_t from : {0U, 1U, 2U}) {
    Message stored = answer_to(ask, Stored{});
    stored.from = NodeId{std::uint32_t(from)};
    stored.epoch = ask.epoch;
    table.step(0, stored);
    Message minted = answer_to(ask, Minted{});
    minted.from = stored.from;
    minted.epoch = ask.epoch;
    table.step(0, minted);
  }
  CHECK(table.reply(get) == nullptr);
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)) == Values{"v"});
}
