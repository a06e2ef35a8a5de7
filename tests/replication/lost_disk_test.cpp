// A disk that is lost after it acknowledged, and before enough others did.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/siblings.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

// Four nodes, three of which own "cart", in which there are apples. The fourth asks.
class Cart {
 public:
  explicit Cart(Policy policy = Policy::last_write_wins)
      : table({.nodes = 4, .policy = policy}),
        one(table.owners("cart").at(0)),
        two(table.owners("cart").at(1)),
        three(table.owners("cart").at(2)),
        outsider(table.outsider("cart")) {
    REQUIRE(table.run(outsider, put_of("cart", "apples")).outcome == Outcome::ok);
  }

  // Puts aside what is on its way to the second, and loses what is on its way to the third.
  void hold_back_others() {
    for (const Message& message : table.mail) {
      if (message.to.raw() == two) held_back.push_back(message);
    }
    table.drop(to(two));
    table.drop(to(three));
  }
  // The first one's disk is lost, and what it copies does not have what is held back.
  void lose_first_disk() {
    table.boot(one, false, true);
    table.deliver_all();
    REQUIRE(table.node(one).is_whole());
  }
  // What was held back reaches the second, whose answer does not suffice: there is one disk,
  // and the memory of one. Then the first is asked again. The third hears nothing.
  void let_go(Ticket asked) {
    for (const Message& message : held_back) table.mail.push_back(message);
    held_back.clear();
    exchange(outsider, two);
    CHECK(table.reply(asked) == nullptr);
    table.drop(to(three));
    table.deliver_all();
  }
  // What is on its way from one to the other, and what is said to it.
  void exchange(std::size_t from, std::size_t to) {
    table.deliver(between(from, to));
    table.deliver(between(to, from));
  }
  [[nodiscard]] bool has(std::size_t node, const std::string& value) const {
    for (const Version& version : table.held(node, "cart").versions) {
      if (version.value == value) return true;
    }
    return false;
  }

  Table table;
  std::size_t one, two, three, outsider;
  std::vector<Message> held_back;
};

}  // namespace

TEST_CASE("a disk that was lost after its acknowledgement is asked once more") {
  for (const bool is_delete : {false, true}) {
    CAPTURE(is_delete);
    Cart cart;
    const Ticket write = cart.table.ask(
        cart.outsider, is_delete ? erase_of("cart") : put_of("cart", "pears"));
    cart.hold_back_others();
    cart.table.deliver_all();
    cart.lose_first_disk();
    CHECK(cart.has(cart.one, "apples"));
    cart.let_go(write);
    CHECK(cart.table.now_reply(write).outcome == Outcome::ok);
    CHECK(cart.table.now_reply(write).answers == 2);
    CHECK_FALSE(cart.has(cart.one, "apples"));
  }
}

TEST_CASE("a retry that completes its first try does not count a lost disk either") {
  Cart cart;
  Request pears = put_of("cart", "pears");
  pears.id = RequestId{77};
  const Ticket first = cart.table.ask(cart.outsider, pears);
  cart.table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  cart.table.deliver_one(between(cart.outsider, cart.one));
  cart.table.drop(anything);
  cart.table.pass(2'000'000);
  CHECK(cart.table.now_reply(first).outcome == Outcome::unknown);
  cart.table.drop(anything);
  const Ticket second = cart.table.ask(cart.outsider, pears);
  cart.table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  REQUIRE(cart.table.mail.size() == 3);  // pushes of what was found
  cart.hold_back_others();
  cart.table.deliver_all();
  cart.lose_first_disk();
  cart.let_go(second);
  CHECK(cart.table.now_reply(second).outcome == Outcome::ok);
  CHECK(cart.has(cart.one, "pears"));
}

TEST_CASE("siblings: a maker whose disk was lost is not counted for what it made") {
  Cart cart(Policy::siblings);
  const std::string context = cart.table.run(cart.outsider, get_of("cart")).context;
  Request pears = put_of("cart", "pears");
  pears.context = context;
  const Ticket put = cart.table.ask(cart.outsider, pears);
  cart.exchange(cart.outsider, cart.one);  // the maker is the first
  cart.hold_back_others();
  cart.table.deliver_all();
  REQUIRE(cart.held_back.size() == 1);
  cart.lose_first_disk();
  CHECK(cart.has(cart.one, "apples"));
  cart.let_go(put);
  CHECK(cart.table.now_reply(put).outcome == Outcome::ok);
  CHECK(cart.has(cart.one, "pears"));
  CHECK_FALSE(cart.has(cart.one, "apples"));
}

TEST_CASE("linearizable: what a lost disk held is written back to it before the answer") {
  Cart cart;
  cart.table.ask(cart.outsider, put_of("cart", "pears"));
  cart.table.drop(to(cart.two));
  cart.table.drop(to(cart.three));
  cart.table.deliver_one(to(cart.one));
  cart.table.drop(anything);  // its coordinator hears nothing
  const Ticket get =
      cart.table.ask(cart.outsider, get_of("cart", {.level = Level::linearizable}));
  cart.table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  cart.hold_back_others();  // the write-back
  REQUIRE(cart.held_back.size() == 1);
  cart.lose_first_disk();
  CHECK(cart.has(cart.one, "apples"));
  cart.let_go(get);
  CHECK(cart.table.values(cart.table.now_reply(get)) ==
        std::vector<std::string>{"pears"});
  CHECK(cart.has(cart.one, "pears"));
}

TEST_CASE(
    "linearizable: two who held it one after the other are no majority that holds it") {
  Cart cart;
  cart.table.ask(cart.outsider, put_of("cart", "pears"));
  cart.hold_back_others();
  cart.table.deliver_one(to(cart.one));
  cart.table.drop(anything);
  std::vector<Message> offers;
  std::swap(offers, cart.held_back);
  const Ticket get =
      cart.table.ask(cart.outsider, get_of("cart", {.level = Level::linearizable}));
  cart.hold_back_others();  // the question
  cart.table.deliver_all();
  cart.lose_first_disk();
  for (const Message& offer : offers) cart.table.mail.push_back(offer);
  cart.table.deliver_one(to(cart.two));
  cart.table.drop(anything);
  cart.let_go(get);
  CHECK(cart.table.values(cart.table.now_reply(get)) ==
        std::vector<std::string>{"pears"});
  CHECK(cart.has(cart.one, "pears"));
}

TEST_CASE("who lost keys that nobody can name goes on under another name") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const ActorId before = table.node(1).actor();
  table.stop(1);
  table.restart_with_keys_unknown(1);
  CHECK(table.node(1).actor() != before);
  CHECK_FALSE(table.node(1).is_whole());
  table.deliver_all();
  CHECK(table.node(1).is_whole());
  CHECK(table.is_said_whole(1));
  CHECK(table.wanted.actor == table.node(1).actor());
  const Reply& alone = table.run(1, get_of("k", {.answers = 1}));
  CHECK(table.values(alone) == std::vector<std::string>{"v"});
}

namespace {

// How many messages it takes until nothing more is said.
std::size_t messages_of(Table& table, std::size_t node, const Request& request) {
  const Ticket ticket = table.ask(node, request);
  std::size_t count = 0;
  while (table.deliver_one(anything)) ++count;
  CHECK(table.now_reply(ticket).outcome == Outcome::ok);
  return count;
}

void check_that_doubt_costs_nothing(Table& table) {
  const std::size_t asks = table.owners("cart")[0];
  CHECK(messages_of(table, asks, put_of("cart", "apples")) == 6);
  CHECK(messages_of(table, asks, erase_of("cart")) == 6);
  CHECK(messages_of(table, asks, put_of("cart", "figs", {.level = Level::all})) == 6);
  CHECK(messages_of(table, asks, put_of("cart", "pears", kLinearizable)) == 6 + 6);
  CHECK(messages_of(table, asks, get_of("cart", kLinearizable)) == 4);
  CHECK(messages_of(table, asks, get_of("cart")) == 4);
}

}  // namespace

TEST_CASE("no put or get takes one message more for it, whoever was started or wiped") {
  Table table({.nodes = 4});
  check_that_doubt_costs_nothing(table);
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    table.stop(i);
    table.restart(i);
    table.deliver_all();
    check_that_doubt_costs_nothing(table);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    table.stop(i);
    table.boot(i, false, true);
    table.deliver_all();
    REQUIRE(table.node(i).is_whole());
    check_that_doubt_costs_nothing(table);
  }
}

TEST_CASE("two owners who know nothing of each other acknowledge, with one round more") {
  Table table({.nodes = 4});
  const auto owners = table.owners("cart");
  const auto arrives = [&](const Message& message) {
    return !between(owners[0], owners[1])(message) &&
           !between(owners[1], owners[0])(message) && message.to.raw() != owners[2];
  };
  for (const std::size_t node : {owners[0], owners[1]}) {
    table.stop(node);
    table.restart(node);
    for (int round = 0; round < 5; ++round) {
      table.deliver([&](const Message& message) {
        return arrives(message) || message.to.raw() == owners[2];
      });
      table.drop(anything);
      table.pass(100'000);
    }
    REQUIRE(table.node(node).is_whole());
  }
  const Ticket put = table.ask(table.outsider("cart"), put_of("cart", "pears"));
  CHECK(std::ranges::count_if(table.mail, is<Offer>) == 3);
  table.deliver(
      [&](const Message& message) { return is<Offer>(message) && arrives(message); });
  table.drop(to(owners[2]));
  CHECK(table.reply(put) == nullptr);
  table.deliver(is<Stored>);
  CHECK(table.reply(put) == nullptr);
  CHECK(std::ranges::count_if(table.mail, is<Offer>) == 3);  // once more
  table.deliver(arrives);
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}
