// The level that never goes back in time, and what the weaker ones do instead.
#include <doctest/doctest.h>

#include "tests/replication/first_try.hpp"
#include "tests/replication/levels.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

// A put at n1 that only n3 has heard of, and that is still on its way.
Ticket half_done_put(Table& table, const Consistency& consistency) {
  const Ticket put = table.ask(0, put_of("k", "new", consistency));
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  table.deliver_one(between(0, 2));  // the offer
  table.drop(anything);
  return put;
}

std::vector<std::string> read(Table& table, std::size_t node, const Consistency& how) {
  const Reply& got = table.run(node, get_of("k", how));
  REQUIRE(got.outcome == Outcome::ok);
  return table.values(got);
}

}  // namespace

TEST_CASE(
    "two readers, one after the other: at quorum the second may see the older value") {
  Table table;
  CHECK(table.run(0, put_of("k", "old")).outcome == Outcome::ok);
  const Ticket put = half_done_put(table, {});
  CHECK(table.reply(put) == nullptr);
  // n3 reads itself and n1: new. What would repair n1 and n2 is lost.
  const Ticket first = table.ask(2, get_of("k"));
  table.deliver([](const Message& message) { return !is<Push>(message); });
  CHECK(table.values(table.now_reply(first)) == std::vector<std::string>{"new"});
  table.drop(anything);
  const Ticket second = table.ask(0, get_of("k"));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.values(table.now_reply(second)) == std::vector<std::string>{"old"});
}

TEST_CASE("linearizable: what one reader has seen, no later reader misses") {
  Table table;
  CHECK(table.run(0, put_of("k", "old", kLinearizable)).outcome == Outcome::ok);
  const Ticket put = half_done_put(table, kLinearizable);
  CHECK(table.reply(put) == nullptr);
  const Ticket first = table.ask(2, get_of("k", kLinearizable));
  table.deliver([](const Message& message) { return !is<Push>(message); });
  CHECK(table.reply(first) == nullptr);  // not before a majority has it
  table.deliver_all();
  CHECK(table.values(table.now_reply(first)) == std::vector<std::string>{"new"});
  const Ticket second = table.ask(0, get_of("k", kLinearizable));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.values(table.now_reply(second)) == std::vector<std::string>{"new"});
}

TEST_CASE("linearizable: a reader does not count a copy that a power cut would take") {
  Table table;
  table.syncs_itself = false;
  const Ticket put = table.ask(0, put_of("k", "v", kLinearizable));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  const Ticket got = table.ask(1, get_of("k", kLinearizable));
  table.deliver_all();
  CHECK(table.reply(got) == nullptr);
  for (std::size_t i = 0; i < 3; ++i) table.sync(i);
  table.deliver_all();
  CHECK(table.values(table.now_reply(got)) == std::vector<std::string>{"v"});
}

TEST_CASE("linearizable: a put that was overtaken is acknowledged, and offered once") {
  Table table;
  CHECK(table.run(0, put_of("k", "first", kLinearizable)).outcome == Outcome::ok);
  // n1 has read the largest counter; then n2's put goes through all the way.
  const Ticket late = table.ask(0, put_of("k", "late", kLinearizable));
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  std::deque<Message> held;
  std::swap(held, table.mail);
  CHECK(table.run(1, put_of("k", "x", kLinearizable)).outcome == Outcome::ok);
  CHECK(table.run(1, put_of("k", "y", kLinearizable)).outcome == Outcome::ok);
  std::swap(held, table.mail);
  table.deliver_all();
  CHECK(table.now_reply(late).outcome == Outcome::ok);
  CHECK(read(table, 2, kLinearizable) == std::vector<std::string>{"y"});
  CHECK(read(table, 0, kLinearizable) == std::vector<std::string>{"y"});
}

TEST_CASE("linearizable needs a majority, and says so when it has none") {
  Table table;
  table.stop(1);
  table.stop(2);
  const Ticket put = table.ask(0, put_of("k", "v", kLinearizable));
  table.bounce([](const Message& message) { return message.to != NodeId{0}; });
  CHECK(table.now_reply(put).outcome == Outcome::refused);  // it only read so far
  const Ticket got = table.ask(0, get_of("k", kLinearizable));
  for (int owner = 0; owner < 2; ++owner) {  // one, and then the other instead
    table.bounce([](const Message& message) { return message.to != NodeId{0}; });
  }
  CHECK(table.now_reply(got).trouble == Trouble::not_reached);
}

TEST_CASE("writes that need not share an owner read first: the later one wins") {
  Table table({.quorum = {.n = 3, .r = 3, .w = 1}});
  const Ticket first = table.ask(0, put_of("k", "one"));
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  table.drop([](const Message& message) {
    return is<Offer>(message) && message.to != NodeId{1};
  });
  table.deliver_all();
  CHECK(table.now_reply(first).outcome == Outcome::ok);
  // n3 knows nothing of it, and asks before it offers.
  CHECK(table.run(2, put_of("k", "two")).outcome == Outcome::ok);
  CHECK(read(table, 0, {.answers = 3}) == std::vector<std::string>{"two"});
}

TEST_CASE(
    "a retry with the same id completes what the first try left, and adds nothing") {
  Table table;
  Request request = put_of("k", "v");
  request.id = RequestId{77};
  leave_first_try_on_one_owner(table, request);
  const Ticket retry = table.ask(1, request);
  table.drop(
      [](const Message& message) { return is<Ask>(message) && message.to == NodeId{2}; });
  table.deliver_all();
  CHECK(table.now_reply(retry).outcome == Outcome::ok);
  CHECK(table.now_reply(retry).written.counter == 1);  // the first try's version
  CHECK(read(table, 2, {.answers = 3}) == std::vector<std::string>{"v"});

  // Overwritten since: the retry does not bring it back.
  CHECK(table.run(2, put_of("k", "w")).outcome == Outcome::ok);
  CHECK(table.run(0, request).outcome == Outcome::ok);
  CHECK(read(table, 1, {.answers = 3}) == std::vector<std::string>{"w"});
}

TEST_CASE("two tries of one request are one value, not none") {
  Table table;
  Request request = put_of("k", "v");
  request.id = RequestId{77};
  const Ticket first = table.ask(0, request);
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  table.deliver_one(between(0, 0));  // n1 alone has it
  table.drop(anything);
  table.pass(2'000'000);
  CHECK(table.now_reply(first).outcome == Outcome::unknown);
  table.drop(anything);
  // The retry asks the two that know nothing of it, and makes another version.
  const Ticket retry = table.ask(1, request);
  table.drop([](const Message& message) { return message.to == NodeId{0}; });
  table.deliver_all();
  CHECK(table.now_reply(retry).outcome == Outcome::ok);
  CHECK(read(table, 2, {.answers = 3}) == std::vector<std::string>{"v"});
}

TEST_CASE(
    "linearizable: an owner that forgot the key does not acknowledge what it refuses") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "old")).outcome == Outcome::ok);
  const Ticket put = table.ask(0, put_of("k", "new", kLinearizable));
  table.deliver([](const Message& message) { return !is<Offer>(message); });
  // Meanwhile n2 and n3 take something newer, and forget it: only the floor stays, above
  // what n1 offers.
  std::deque<Message> offers;
  std::swap(offers, table.mail);
  REQUIRE(table.run(1, put_of("k", "x")).outcome == Outcome::ok);
  const KeyHash hash = hash_key(table.rules().replica.hash, "k");
  for (const std::size_t i : {1U, 2U}) {
    REQUIRE(table.engine(i).drop(table.ring->table.partition(hash)));
  }
  std::swap(offers, table.mail);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  CHECK_FALSE((table.held(1, "k").empty() && table.held(2, "k").empty()));
}

TEST_CASE("linearizable: a put is above what the cluster's own puts left on one owner") {
  Table table({.quorum = {.n = 3, .r = 3, .w = 1}});
  const Ticket first = table.ask(0, put_of("k", "a"));
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  table.drop(to(1));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.now_reply(first).outcome == Outcome::ok);  // on n1
  const Ticket second = table.ask(1, put_of("k", "b", {.level = Level::linearizable}));
  const auto is_without_first = [](const Message& message) {
    return message.to != NodeId{0} && message.from != NodeId{0};
  };
  table.deliver(is_without_first);
  CHECK(table.reply(second) == nullptr);  // two who know nothing of it are not enough
  table.deliver_all();
  CHECK(table.now_reply(second).outcome == Outcome::ok);
  const Reply& got = table.run(2, get_of("k"));
  CHECK(table.values(got) == std::vector<std::string>{"b"});
}
