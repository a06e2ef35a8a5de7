// A node that comes back: what it has to find out before what it says counts.
#include <doctest/doctest.h>

#include "tests/replication/table.hpp"

using namespace kv;

TEST_CASE(
    "a node that lost its disk is mute until it has copied from all that may know") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "v"));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);  // on n1 and n2
  table.stop(1);
  table.boot(1, false, true);
  CHECK_FALSE(table.node(1).is_whole());
  // n2, wiped, and n3, which missed it, are no majority that knows nothing.
  const Ticket early = table.ask(2, get_of("k"));
  table.deliver([](const Message& message) {
    return (is<Ask>(message) || is<Held>(message)) && message.to != NodeId{0} &&
           message.from != NodeId{0};
  });
  CHECK(table.reply(early) == nullptr);
  table.deliver_all();
  CHECK(table.node(1).is_whole());
  CHECK(table.values(table.now_reply(early)) == std::vector<std::string>{"v"});
  const Reply& alone = table.run(1, get_of("k", {.answers = 1}));
  CHECK(table.values(alone) == std::vector<std::string>{"v"});
}

TEST_CASE("while it copies it keeps new writes, but does not count for them") {
  Table table;
  table.stop(1);
  table.boot(1, false, true);
  table.deliver(
      [](const Message& message) { return is<Hello>(message) || is<KnownAs>(message); });
  CHECK_FALSE(table.node(1).is_whole());
  std::deque<Message> pulls;
  std::swap(pulls, table.mail);
  const Ticket put = table.ask(0, put_of("k", "v"));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);  // n1 alone counts
  std::swap(pulls, table.mail);
  table.deliver_all();
  CHECK(table.node(1).is_whole());
  const Reply& alone = table.run(1, get_of("k", {.answers = 1}));
  CHECK(table.values(alone) == std::vector<std::string>{"v"});
}

TEST_CASE("a node whose disk went back gets another name, and copies") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(table.run(1, get_of("k")).outcome == Outcome::ok);
  const ActorId before = table.node(1).actor();
  table.boot(1, false, false, 0);  // its log ends before what it has told
  table.deliver_all();
  CHECK(table.node(1).is_whole());
  CHECK(table.node(1).actor() != before);
}

TEST_CASE("a node that comes back whole asks, and goes on as itself") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const ActorId before = table.node(1).actor();
  table.boot(1, false, false, std::uint64_t{1} << 40);
  CHECK_FALSE(table.node(1).is_whole());
  const Ticket early = table.ask(1, put_of("k", "w"));
  CHECK(table.reply(early) == nullptr);
  table.deliver_all();
  CHECK(table.now_reply(early).outcome == Outcome::ok);
  CHECK(table.node(1).is_whole());
  CHECK(table.node(1).actor() == before);
  CHECK(table.values(table.run(1, get_of("k", {.answers = 1}))) ==
        std::vector<std::string>{"w"});
}

TEST_CASE("a node that has to ask twice does not take what it did since for lost") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const ActorId before = table.node(1).actor();
  constexpr std::uint64_t kAllThereWas = std::uint64_t{1} << 40;
  table.boot(1, false, false, kAllThereWas);  // reserves numbers at once
  table.drop(anything);
  table.run(0, put_of("k", "w"));
  table.step(1, LogDurable{.seq = kAllThereWas + 1});
  table.pass(100'000);
  table.deliver_one(to(0));
  table.drop(anything);
  table.pass(100'000);
  table.deliver_all();
  CHECK(table.node(1).is_whole());
  CHECK(table.node(1).actor() == before);
}

TEST_CASE("messages that are lost while it comes back are sent again") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.boot(1, false, true);
  table.drop(anything);
  table.pass(100'000);
  table.deliver_one(to(0));
  table.drop(anything);
  for (int round = 0; round < 4; ++round) {
    table.pass(100'000);
    table.deliver_all();
  }
  CHECK(table.node(1).is_whole());
}

TEST_CASE("a node whose disk failed takes part in nothing") {
  Table table;
  const Ticket waiting = table.ask(0, get_of("k", {.level = Level::all}));
  table.step(0, LogFailed{.cause = {Errc::io, "segment-1: no luck"}});
  CHECK(table.now_reply(waiting).trouble == Trouble::not_ready);
  table.drop(anything);
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::refused);
  const Ticket put = table.ask(1, put_of("k", "v", {.level = Level::all}));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  CHECK(table.run(1, put_of("k", "v")).outcome == Outcome::ok);
  CHECK_FALSE(table.node(0).wake());
}
