// Wishes that come twice, where an owner says no to one of the two.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/siblings.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

// The first offer of any that is on the table.
Message an_offer(const Table& table) {
  const auto at = std::ranges::find_if(table.mail, is<Offer>);
  REQUIRE(at != table.mail.end());
  return *at;
}

}  // namespace

TEST_CASE("what was refused for want of room is not stored when it comes once more") {
  Table table;
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).write_error = kDiskFull;
  const Ticket put = table.ask(0, put_of("k", "v", {.answers = 1}));
  table.deliver([](const Message& message) { return !is<Offer>(message); });
  const Message again = an_offer(table);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::refused);
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).write_error.reset();
  table.mail.push_back(again);
  table.deliver_all();
  CHECK(table.held(again.to.raw(), "k").empty());
  CHECK(table.run(0, put_of("k", "w")).outcome == Outcome::ok);
}

TEST_CASE("owners that cannot read now may store it later: unknown, not refused") {
  Table table;
  Request first = put_of("k", "u");
  first.id = RequestId{5};  // to take another version, an owner has to read this one
  REQUIRE(table.run(0, first).outcome == Outcome::ok);
  const Ticket put = table.ask(0, put_of("k", "v", {.answers = 1}));
  table.deliver([](const Message& message) { return !is<Offer>(message); });
  for (std::size_t i = 0; i < 3; ++i) {
    table.engine(i).find_error = Error{Errc::io, "the disk does not answer"};
  }
  const Message again = an_offer(table);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).find_error.reset();
  table.mail.push_back(again);
  table.deliver_all();
  CHECK(table.held(again.to.raw(), "k").versions.front().value == "v");
}

TEST_CASE("a maker that made it does not say no to a second copy of the wish") {
  Table table({.nodes = 4, .policy = Policy::siblings});
  const std::size_t maker = table.owners("cart")[0];
  const Ticket put = table.ask(table.outsider("cart"), first_put(table, "apples"));
  const Message again = *std::ranges::find_if(table.mail, to(maker));
  table.deliver_one(to(maker));  // made; that it says so is still on its way
  table.engine(maker).write_error = kDiskFull;
  SUBCASE("its disk is full now") {}
  SUBCASE("it cannot read now") {
    table.engine(maker).find_error = Error{Errc::stopped, "a read failed before"};
  }
  table.step(maker, again);
  CHECK(std::ranges::none_of(table.mail, [](const Message& message) {
    const auto* const said = std::get_if<Stored>(&message.body);
    return said != nullptr && said->storing == Storing::failed;
  }));
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("a delete whose answer was lost is answered when it is asked for once more") {
  Table table({.nodes = 4, .policy = Policy::siblings});
  const std::size_t outsider = table.outsider("cart");
  REQUIRE(table.run(outsider, first_put(table, "apples")).outcome == Outcome::ok);
  const Ticket gone = table.ask(outsider, erase_of("cart"));
  while (table.drop(is<Minted>) == 0) REQUIRE(table.deliver_one(anything));
  table.deliver_all();
  CHECK(table.reply(gone) == nullptr);
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(gone).outcome == Outcome::ok);
  CHECK(table.values(table.run(outsider, get_of("cart"))).empty());
}

TEST_CASE("a delete that is asked for again takes nothing that came in between") {
  Table table({.policy = Policy::siblings});
  REQUIRE(table.run(0, first_put(table, "apples")).outcome == Outcome::ok);
  Request gone = erase_of("cart");
  gone.id = RequestId{7};
  const Ticket first = table.ask(0, gone);
  table.deliver([](const Message& message) { return !is<Push>(message); });
  std::size_t again = 0;  // the node that is asked again
  SUBCASE("by the owner that did it") {}
  SUBCASE("by another, whose copy lacks it") {
    again = 2;
    table.drop(to(2));
  }
  table.deliver_all();
  REQUIRE(table.now_reply(first).outcome == Outcome::ok);
  REQUIRE(table.run(1, first_put(table, "pears")).outcome == Outcome::ok);
  CHECK(table.run(again, gone).outcome == Outcome::ok);
  const Reply& got = table.run(1, get_of("cart", {.level = Level::all}));
  CHECK(table.values(got) == std::vector<std::string>{"pears"});
}
