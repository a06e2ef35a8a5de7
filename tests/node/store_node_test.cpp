// What a node does with inputs that are not of a request: numbers, epochs, failures, time.
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

TEST_CASE("a node serves nobody before its first numbers are reserved") {
  Table table;
  table.reserves = false;
  table.boot(0, true);
  const Ticket early = table.ask(0, put_of("k", "v"));
  CHECK(table.reply(early) == nullptr);
  CHECK(table.node(0).in_flight() == 1);
  table.pass(499'999);
  CHECK(table.reply(early) == nullptr);
  CHECK(table.node(0).wake());
  table.pass(1);
  CHECK(table.now_reply(early).outcome == Outcome::refused);
  CHECK(table.now_reply(early).trouble == Trouble::not_ready);
  CHECK(table.now_reply(early).detail ==
        "this node has just started, and asks its peers who it was");
  const Ticket patient = table.ask(0, put_of("k", "w"));
  const ActorId actor = table.node(0).actor();
  // Of the actor that it was before: numbers of that are none of this one's.
  table.step(0, Reserved{{.actor = ActorId{actor.raw() + 1}, .up_to = 100}});
  CHECK_FALSE(table.node(0).is_ready());
  CHECK_FALSE(table.node(0).is_whole());  // until the manifest says so
  table.step(0, Reserved{{.actor = actor, .up_to = kReservationBlock}});
  CHECK(table.node(0).is_ready());
  CHECK(table.node(0).is_whole());
  table.deliver_all();
  CHECK(table.now_reply(patient).outcome == Outcome::ok);
}

TEST_CASE("a node whose disk fails before it is ready tells those who wait for it") {
  Table table;
  table.reserves = false;
  table.boot(0, true);
  const Ticket early = table.ask(0, put_of("k", "v"));
  table.step(0, LogFailed{.cause = {Errc::io, "segment-1: no luck"}});
  CHECK(table.now_reply(early).trouble == Trouble::not_ready);
  CHECK(table.now_reply(early).detail == "this node stopped: segment-1: no luck");
}

TEST_CASE(
    "numbers are asked for before they run out, and without them writes are refused") {
  Table table({.nodes = 1, .quorum = {.n = 1, .r = 1, .w = 1}});
  table.reserves = false;
  std::uint64_t puts = 0;
  while (table.reservations == 1) {
    REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
    table.forget_replies();
    ++puts;
  }
  CHECK(puts > kReservationBlock / 4);
  CHECK(puts < kReservationBlock / 2);
  CHECK(table.node(0).is_whole());  // that a manifest is on its way changes nothing
  for (; puts < kReservationBlock; ++puts) {
    REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
    table.forget_replies();
  }
  const Reply& none = table.run(0, put_of("k", "v"));
  CHECK(none.outcome == Outcome::refused);
  CHECK(none.trouble == Trouble::not_ready);
  CHECK(none.detail == "no numbers for versions");
  CHECK(table.run(0, get_of("k")).outcome == Outcome::ok);
  table.step(0, Reserved{table.wanted});
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(table.reservations == 2);
}

TEST_CASE("a message of another epoch is not heard") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "v"));
  for (Message& message : table.mail) message.epoch = Epoch{message.epoch.raw() + 1};
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  for (std::size_t i = 0; i < 3; ++i) CHECK(table.held(i, "k").empty());
}

TEST_CASE("a node whose disk failed does nothing any more, whatever happens to it") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const Ticket put = table.ask(0, put_of("k", "w"));
  const Message offer = table.mail.front();
  table.step(0, LogFailed{.cause = {Errc::io, "segment-1: no luck"}});
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  CHECK(table.now_reply(put).detail == "the node that was asked stopped");
  table.drop(anything);
  const std::uint64_t asked = table.reservations;
  Message ask = offer;
  ask.from = NodeId{1};
  ask.body = Ask{.key = "k"};
  ask.to = NodeId{0};
  table.step(0, ask);  // reads too
  ask.body = Hello{};
  table.step(0, ask);
  table.step(0, Undelivered{offer});
  table.step(0, LogDurable{.seq = 1'000});
  table.step(0, ValueRead{.ticket = ReadTicket{1}, .value = "v"});
  table.step(0, Reserved{{.actor = table.node(0).actor(), .up_to = 5}});
  table.step(0, LogFailed{.cause = {Errc::io, "segment-2: no luck either"}});
  table.pass(10'000'000);
  CHECK(table.mail.empty());
  CHECK(table.reservations == asked);
  CHECK_FALSE(table.node(0).is_ready());
  CHECK_FALSE(table.node(0).is_whole());
  CHECK_FALSE(table.node(0).wake());
  REQUIRE(table.node(0).failure());
  CHECK(table.node(0).failure()->detail == "segment-1: no luck");
  CHECK(table.run(0, get_of("k", kOne)).detail ==
        "this node stopped: segment-1: no luck");
}

TEST_CASE("a node says to a peer that it is alive, until its disk fails") {
  Table table;
  Effects effects;
  table.node(0).say_alive(NodeId{1}, effects);
  REQUIRE(effects.send.size() == 1);
  const Message& beat = effects.send.front();
  CHECK(is<Heartbeat>(beat));
  CHECK(beat.to == NodeId{1});
  CHECK(beat.from == NodeId{0});
  CHECK(beat.epoch == table.ring->epoch);
  CHECK(beat.standing.actor == table.node(0).actor());
  table.step(0, LogFailed{.cause = {Errc::io, "segment-1: no luck"}});
  table.node(0).say_alive(NodeId{1}, effects);
  CHECK(effects.send.size() == 1);
}

TEST_CASE("a node wants to be woken for the soonest of what it waits for") {
  Table table;
  CHECK_FALSE(table.node(0).wake());
  table.restart(1);
  const auto hello = table.node(1).wake();
  REQUIRE(hello);
  table.deliver_all();
  REQUIRE(table.node(1).is_whole());
  const Ticket put = table.ask(1, put_of("k", "v"));
  CHECK(table.node(1).wake() == hello);  // that is sooner than the put's
  table.pass(100'000);
  REQUIRE(table.node(1).wake());
  CHECK(*table.node(1).wake() > *hello);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  table.pass(200'000);
  CHECK_FALSE(table.node(1).wake());
}

TEST_CASE(
    "a node that asks who it was heeds answers to its own question, and no others") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.restart(1);
  const ActorId before = table.node(1).actor();
  const auto hello = *std::ranges::find_if(table.mail, is<Hello>);
  const Standing more{.actor = before, .durable = 1'000'000, .reserved = 1};
  Message known = answer_to(hello, KnownAs{.seen = more});
  known.from = NodeId{0};
  known.epoch = hello.epoch;
  known.operation = OperationId{hello.operation.raw() + 1};
  table.step(1, known);  // of an earlier life
  CHECK(table.node(1).actor() == before);
  known.operation = hello.operation;
  std::get<KnownAs>(known.body).seen->actor = ActorId{before.raw() + 1};
  table.step(1, known);  // somebody that it was once, and not on this disk
  CHECK(table.node(1).actor() == before);
  known.from = NodeId{2};
  std::get<KnownAs>(known.body).seen.reset();  // never heard of it
  table.step(1, known);
  CHECK(table.node(1).is_whole());
  std::get<KnownAs>(known.body).seen = more;
  table.step(1, known);  // it may have heard that since
  CHECK(table.node(1).actor() == before);
}

TEST_CASE("a node that went back takes one new name, however many tell it so") {
  for (const bool by_numbers : {false, true}) {
    CAPTURE(by_numbers);
    Table table;
    table.restart(1);
    const ActorId before = table.node(1).actor();
    const auto hello = *std::ranges::find_if(table.mail, is<Hello>);
    table.drop(anything);
    Standing more{.actor = before, .durable = 1'000'000, .reserved = 0};
    if (by_numbers) more = {.actor = before, .reserved = std::uint64_t{1} << 40};
    Message known = answer_to(hello, KnownAs{.seen = more});
    known.epoch = hello.epoch;
    known.from = NodeId{0};
    table.step(1, known);
    const ActorId after = table.node(1).actor();
    CHECK(after != before);
    CHECK_FALSE(table.node(1).is_whole());
    CHECK_FALSE(table.is_said_whole(1));
    known.from = NodeId{2};
    table.step(1, known);
    CHECK(table.node(1).actor() == after);
    for (int round = 0; round < 3; ++round) {
      table.deliver_all();
      table.pass(100'000);
    }
    CHECK(table.node(1).is_whole());
    CHECK(table.is_said_whole(1));
  }
}

TEST_CASE("what a peer tells of itself only grows, though messages overtake each other") {
  Table table;
  REQUIRE(table.run(1, put_of("k", "v")).outcome == Outcome::ok);
  const auto tell = [&](std::uint64_t durable, ActorId actor) {
    Message message;
    message.from = NodeId{1};
    message.to = NodeId{0};
    message.epoch = table.ring->epoch;
    message.standing = {.actor = actor, .durable = durable, .reserved = durable};
    message.operation = OperationId{1};
    message.body = Hello{};
    table.drop(anything);
    table.step(0, message);
    REQUIRE(table.mail.size() == 1);
    return std::get<KnownAs>(table.mail.front().body).seen;
  };
  const ActorId actor{4'000};
  CHECK(tell(50, actor)->durable == 50);
  CHECK(tell(40, actor)->durable == 50);
  CHECK(tell(40, actor)->reserved == 50);
  CHECK(tell(60, actor)->durable == 60);
  CHECK(tell(10, ActorId{4'001})->durable == 10);  // another disk
  CHECK_FALSE(tell(10, ActorId{}));                // nobody
}

TEST_CASE("damage that was repaired is said partition by partition") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.boot(1, false, true);
  table.deliver_all();
  std::ranges::sort(table.repaired);
  std::vector<PartitionId> all;
  for (std::uint32_t id = 0; id < 8; ++id) all.emplace_back(id);
  CHECK(table.repaired == all);
}

TEST_CASE("a node that is not whole says what it lacks, and for whom it waits") {
  using Nodes = std::set<NodeId>;
  const Nodes both{NodeId{0}, NodeId{2}};
  const auto begin = [](Table& table, std::size_t why) {
    REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
    REQUIRE(table.run(1, get_of("k")).outcome == Outcome::ok);
    if (why == 0) table.boot(1, false, true);
    if (why == 1) table.boot(1, false, false, 0);  // its log ends before what it has told
    if (why == 2) table.restart_with_keys_unknown(1);
  };
  const std::vector<std::string> reasons{
      "it began with nothing, or was ended while it copied",
      "its disk went back: a peer has heard of more than is on it",
      "damage took keys that nobody can name"};
  for (std::size_t why = 0; why < reasons.size(); ++why) {
    CAPTURE(why);
    Table table;
    begin(table, why);
    CHECK(table.node(1).waits_for() == both);  // who it was
    table.deliver([](const Message& message) {
      return is<Hello>(message) || is<KnownAs>(message);
    });
    CHECK(table.node(1).lacks_because() == reasons[why]);
    CHECK(table.node(1).waits_for() == both);  // what they hold
    table.deliver_all();
    CHECK(table.node(1).lacks_because().empty());
    CHECK(table.node(1).waits_for().empty());
  }
}
