// Registers whose owners cannot do what they are asked for, and say so.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/first_try.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

TEST_CASE("one full disk of three: writes go on, and reads of it do") {
  Table table;
  table.engine(1).write_error = kDiskFull;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(table.run(1, put_of("k", "w")).outcome == Outcome::ok);
  CHECK(table.run(1, get_of("k")).outcome == Outcome::ok);
}

TEST_CASE("all disks full: refused with its own reason, reads go on, and room ends it") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).write_error = kDiskFull;
  const Ticket put = table.ask(0, put_of("k", "w"));
  table.deliver_all();
  const Reply& reply = table.now_reply(put);
  CHECK(reply.trouble == Trouble::disk_full);
  CHECK(reply.detail ==
        "0 of the 2 owners needed acknowledged the write: no room for a segment");
  CHECK(reply.answers == 0);
  CHECK(table.values(table.run(0, get_of("k"))) == std::vector<std::string>{"v"});
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).write_error.reset();
  CHECK(table.run(0, put_of("k", "w")).outcome == Outcome::ok);
}

TEST_CASE("a put is refused, not unknown, once every owner has said no") {
  Table table;
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).write_error = kDiskFull;
  // With W = 1 the last no is what ends it. With W = 2 the second: the third may still
  // store it, so that is unknown.
  const Reply& one = table.run(0, put_of("k", "v", {.answers = 1}));
  CHECK(one.outcome == Outcome::refused);
  CHECK(one.trouble == Trouble::disk_full);
  CHECK(table.run(0, put_of("k", "v", {.answers = 2})).outcome == Outcome::unknown);
}

TEST_CASE("level all with one full disk: unknown, as the others have it") {
  Table table;
  table.engine(2).write_error = kDiskFull;
  const Ticket put = table.ask(0, put_of("k", "v", {.level = Level::all}));
  table.deliver(to(0));
  table.deliver_one(to(1));
  table.deliver(to(0));
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  CHECK(table.now_reply(put).trouble == Trouble::disk_full);
  CHECK(table.now_reply(put).answers == 2);
  const Reply& got = table.run(1, get_of("k"));
  CHECK(table.values(got) == std::vector<std::string>{"v"});
}

TEST_CASE("a store that stopped is an owner that does not answer") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  for (const std::size_t i : {0U, 1U}) {
    table.engine(i).write_error = table.engine(i).find_error =
        Error{Errc::stopped, "a write failed before"};
  }
  CHECK(table.run(2, put_of("k", "w")).trouble == Trouble::not_reached);
  const Reply& got = table.run(2, get_of("k"));
  CHECK(got.outcome == Outcome::unknown);
  CHECK(got.trouble == Trouble::not_reached);
  CHECK(got.detail == "1 of the 2 owners needed answered: a write failed before");
}

TEST_CASE(
    "an owner that refuses a low counter is tried above, though another is silent") {
  Table table;
  const Ticket missed = table.ask(1, put_of("k", "v1"));
  table.drop(to(0));
  table.drop(to(2));
  table.deliver_all();
  table.pass(2'000'000);
  table.drop(anything);
  CHECK(table.now_reply(missed).outcome == Outcome::unknown);
  table.stop(2);
  // n2 refuses n1's guess, n3 is silent. n1 waits for n3 a while, and then offers higher.
  const Ticket put = table.ask(0, put_of("k", "v2"));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  CHECK(table.now_reply(put).written.counter == 2);
  CHECK(table.held(1, "k") == table.held(0, "k"));
}

TEST_CASE("a put whose counter was the last one is told so, and not begun again at 1") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "v"));
  for (const std::size_t i : {1U, 2U}) {
    answer_as(table, 0, i, Stored{.storing = Storing::refused, .above = kCounterMax});
  }
  table.deliver_all();
  CHECK(table.now_reply(put).trouble == Trouble::not_ready);
  CHECK(table.now_reply(put).detail == "no numbers for versions");
  CHECK(table.now_reply(put).outcome == Outcome::unknown);  // n1 has stored it
}

TEST_CASE("a put is not called refused if a copy of its offer may have been taken") {
  Table table;
  // The offer to n2 comes twice: taken first, and then refused, as something newer is there.
  const Ticket put = table.ask(0, put_of("k", "v", {.answers = 3}));
  const auto offer = std::ranges::find_if(table.mail, to(1));
  table.mail.push_back(*offer);
  table.deliver_one(to(1));
  for (const std::size_t i : {0U, 2U}) table.engine(i).write_error = kDiskFull;
  const Ticket newer = table.ask(1, put_of("k", "w", {.answers = 1}));
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  table.deliver(between(1, 1));
  CHECK(table.now_reply(newer).outcome == Outcome::ok);
  table.deliver_one(between(0, 1));
  table.engine(1).write_error = kDiskFull;
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
}

TEST_CASE(
    "an owner that is catching up makes a write unknown: it keeps what it is given") {
  Table table;
  table.stop(1);
  table.stop(2);
  table.boot(1, false, true);
  table.boot(2, false, true);
  table.drop(anything);
  table.engine(0).write_error = kDiskFull;
  const Reply& reply = table.run(0, put_of("k", "v"));
  CHECK(reply.outcome == Outcome::unknown);
  CHECK(reply.answers == 0);
}

TEST_CASE(
    "a put that reads first goes on without one owner, and is refused without two") {
  Table table;
  Request request = put_of("k", "v");
  request.id = RequestId{5};
  table.engine(1).find_error = Error{Errc::corrupt, "damage"};
  CHECK(table.run(0, request).outcome == Outcome::ok);
  CHECK(table.run(0, request).written.counter == 1);  // a retry: nothing new
  request.id = RequestId{6};
  table.engine(2).find_error = Error{Errc::corrupt, "damage"};
  const Reply& reply = table.run(0, request);
  CHECK(reply.outcome == Outcome::refused);  // it only read
  CHECK(reply.trouble == Trouble::not_reached);
}

TEST_CASE("a put that reads first asks the silent again, and gives up refused") {
  Table table;
  Request request = put_of("k", "v");
  request.id = RequestId{5};
  table.stop(1);
  table.stop(2);
  const Ticket put = table.ask(0, request);
  table.deliver_all();
  table.drop(anything);
  table.pass(200'000);
  CHECK(std::ranges::count_if(table.mail, is<Ask>) == 2);  // n1 has answered
  table.bounce(to(1));
  table.bounce(to(1));  // it is known already
  table.pass(1'800'000);
  CHECK(table.now_reply(put).outcome == Outcome::refused);
  CHECK(table.now_reply(put).trouble == Trouble::timed_out);
}

TEST_CASE("what does not belong to an operation is left alone") {
  Table table({.nodes = 4});
  const auto owners = table.owners("k");
  const std::size_t outsider = table.outsider("k");
  const Ticket put = table.ask(owners[0], put_of("k", "v"));
  const Message offer = table.mail.front();
  Message answer = answer_to(offer, Stored{});
  answer.epoch = offer.epoch;
  answer.to = offer.from;
  // From a node that owns nothing of the key; from another round; to another question.
  for (int i = 0; i < 3; ++i) {
    answer.from = NodeId{std::uint32_t(outsider)};
    table.mail.push_back(answer);
  }
  for (const std::size_t owner : {owners[1], owners[2]}) {
    answer.from = NodeId{std::uint32_t(owner)};
    answer.round = offer.round + 1;
    table.mail.push_back(answer);
    Message held = answer_to(offer, Held{});
    held.from = answer.from;
    held.to = answer.to;
    held.epoch = offer.epoch;
    table.mail.push_back(held);
  }
  table.drop([](const Message& message) { return is<Offer>(message); });
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  // Nor does it end when something else did not arrive.
  Message other = offer;
  other.to = NodeId{std::uint32_t(outsider)};
  table.step(owners[0], Undelivered{other});
  other.to = NodeId{std::uint32_t(owners[1])};
  other.round = offer.round + 1;
  table.step(owners[0], Undelivered{other});
  other.operation = OperationId{1};
  table.step(owners[0], Undelivered{other});
  CHECK(table.reply(put) == nullptr);
  CHECK(table.node(owners[0]).in_flight() == 1);
}

TEST_CASE("an owner that acknowledged does not fail any more") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "v", {.answers = 3}));
  const Message offer = *std::ranges::find_if(table.mail, to(1));
  table.drop(to(2));
  table.deliver_all();
  table.step(0, Undelivered{offer});  // a copy of it
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("a retry that finds its first try pushes it, again and again where need be") {
  Table table;
  Request request = put_of("k", "v");
  request.id = RequestId{9};
  leave_first_try_on_one_owner(table, request);
  const Ticket retry = table.ask(1, request);
  table.deliver([](const Message& message) { return !is<Push>(message); });
  table.drop(anything);
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(retry).outcome == Outcome::ok);
  CHECK(table.now_reply(retry).written.counter == 1);
}
