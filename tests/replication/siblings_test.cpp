// Siblings over several copies: made by one owner, whole everywhere.
#include "tests/replication/siblings.hpp"

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"

using namespace kv;

namespace {

Request put_with(std::string key, std::string value, std::string context) {
  Request request = put_of(std::move(key), std::move(value));
  request.context = std::move(context);
  return request;
}

}  // namespace

TEST_CASE("two puts with one context, through one node or two: both stay") {
  for (const std::size_t second : {0U, 1U}) {
    CAPTURE(second);
    Table table(siblings());
    const std::string empty = table.run(0, get_of("cart")).context;
    CHECK(table.run(0, put_with("cart", "apples", empty)).outcome == Outcome::ok);
    CHECK(table.run(second, put_with("cart", "pears", empty)).outcome == Outcome::ok);
    CHECK(read_cart(table, 2) == std::vector<std::string>{"apples", "pears"});
  }
}

TEST_CASE("a put with the context of a read replaces what was read") {
  Table table(siblings());
  const std::string empty = table.run(0, get_of("cart")).context;
  CHECK(table.run(0, put_with("cart", "apples", empty)).outcome == Outcome::ok);
  CHECK(table.run(1, put_with("cart", "pears", empty)).outcome == Outcome::ok);
  const std::string seen = table.run(2, get_of("cart", {.level = Level::all})).context;
  CHECK(table.run(2, put_with("cart", "both", seen)).outcome == Outcome::ok);
  CHECK(read_cart(table, 0) == std::vector<std::string>{"both"});
}

TEST_CASE("a put's own context covers what it made, and not what it did not see") {
  Table table(siblings());
  const std::string empty = table.run(0, get_of("cart")).context;
  const std::string mine = table.run(0, put_with("cart", "apples", empty)).context;
  CHECK(table.run(0, put_with("cart", "pears", empty)).outcome == Outcome::ok);
  CHECK(table.run(0, put_with("cart", "apples+1", mine)).outcome == Outcome::ok);
  CHECK(read_cart(table, 1) == std::vector<std::string>{"apples+1", "pears"});
}

TEST_CASE("a put without a context reads first, and replaces what it read") {
  Table table(siblings());
  CHECK(table.run(0, put_of("cart", "one")).outcome == Outcome::ok);
  CHECK(table.run(1, put_of("cart", "two")).outcome == Outcome::ok);
  CHECK(read_cart(table, 2) == std::vector<std::string>{"two"});
  CHECK(table.run(2, erase_of("cart")).outcome == Outcome::ok);
  CHECK(read_cart(table, 0).empty());
}

TEST_CASE("a delete with a context leaves what it did not see") {
  Table table(siblings());
  const std::string empty = table.run(0, get_of("cart")).context;
  const std::string mine = table.run(0, put_with("cart", "apples", empty)).context;
  CHECK(table.run(1, put_with("cart", "pears", empty)).outcome == Outcome::ok);
  Request erase = erase_of("cart");
  erase.context = mine;
  CHECK(table.run(2, std::move(erase)).outcome == Outcome::ok);
  CHECK(read_cart(table, 0) == std::vector<std::string>{"pears"});
}

TEST_CASE("a sibling is acknowledged only when its maker's own disk has it") {
  Table table(siblings());
  table.syncs_itself = false;
  const Ticket put = table.ask(0, put_with("cart", "apples", ""));
  for (int round = 0; round < 3; ++round) {
    table.deliver_all();
    table.sync(1);
    table.sync(2);
  }
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  table.sync(0);
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);  // and a second one
  table.sync(1);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE(
    "nobody hears of a sibling that its maker may still lose: readers, nor who copies") {
  Table table(siblings());
  table.syncs_itself = false;
  const std::string empty = table.run(0, get_of("cart")).context;
  const Ticket put = table.ask(0, put_with("cart", "apples", empty));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  const Ticket got = table.ask(0, get_of("cart"));
  table.boot(2, false, true);  // copies from n1, too
  std::size_t copied = 0;
  table.deliver([&](const Message& message) {
    const auto* const page = std::get_if<Page>(&message.body);
    copied += page == nullptr ? 0 : page->entries.size();
    return true;
  });
  CHECK(copied == 0);
  CHECK(table.reply(got) == nullptr);
  const Ticket other = table.ask(1, get_of("cart", {.level = Level::one}));
  table.deliver_all();
  CHECK(table.reply(other) == nullptr);
  table.pass(200'000);  // longer than it waits for one who might know more
  CHECK(table.values(table.now_reply(other)).empty());
  table.sync(0);
  table.deliver_all();
  CHECK(table.values(table.now_reply(got)) == std::vector<std::string>{"apples"});
}

TEST_CASE("a Mint that comes twice makes one sibling") {
  Table table(siblings());
  const std::string empty = table.run(0, get_of("cart")).context;
  const Ticket put = table.ask(0, put_with("cart", "apples", empty));
  REQUIRE(table.mail.size() == 1);
  table.mail.push_back(table.mail.front());
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  CHECK(read_cart(table, 1) == std::vector<std::string>{"apples"});
}

TEST_CASE("an owner that is down does not make the sibling: another does") {
  Table table({.nodes = 5, .policy = Policy::siblings});
  const auto owners = table.owners("cart");
  const std::size_t outsider = table.outsider("cart");
  table.stop(owners[0]);
  const Ticket put = table.ask(outsider, put_of("cart", "apples"));
  for (int round = 0; round < 4; ++round) {
    table.bounce(to(owners[0]));
    table.deliver_all();
  }
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("contexts that are none, and levels that siblings do not have, are refused") {
  Table table(siblings());
  const Reply& garbage = table.run(0, put_with("cart", "v", "not a context"));
  CHECK(garbage.outcome == Outcome::refused);
  CHECK(garbage.trouble == Trouble::bad_request);
  const std::string others = table.run(0, put_of("other", "v")).context;
  CHECK(table.run(0, put_with("cart", "v", others)).outcome == Outcome::refused);
  CHECK(table.run(0, get_of("cart", {.level = Level::linearizable})).trouble ==
        Trouble::bad_request);
}

TEST_CASE("a maker's acknowledgement that overtakes what it made is counted") {
  Table table({.nodes = 4, .policy = Policy::siblings});
  const std::size_t outsider = table.outsider("cart");
  const std::size_t maker = table.owners("cart")[0];
  const std::string empty = table.run(outsider, get_of("cart")).context;
  Request request = put_with("cart", "apples", empty);
  request.consistency = {.level = Level::one};
  const Ticket put = table.ask(outsider, std::move(request));
  table.deliver(to(maker));
  table.deliver([](const Message& message) { return is<Stored>(message); });
  CHECK(table.reply(put) == nullptr);  // the others are to get it first
  table.deliver([](const Message& message) { return is<Minted>(message); });
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}
