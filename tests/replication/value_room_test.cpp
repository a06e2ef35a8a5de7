// Values on their way to clients, where not all of them fit into memory at once. Whoever keeps
// a reply keeps its room: here the table does, until its replies are forgotten.
#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"

using namespace kv;

namespace {

constexpr std::size_t kRoom = 300'000;
const std::string kLong(200'000, 'v');  // one fits, two do not

Table table_with_long(const std::vector<std::string>& keys, std::size_t nodes,
                      const Quorum& quorum) {
  Table table({.nodes = nodes, .quorum = quorum, .reading_bytes_max = kRoom});
  for (const std::string& key : keys) {
    REQUIRE(table.run(0, put_of(key, kLong)).outcome == Outcome::ok);
  }
  table.forget_replies();
  return table;
}

constexpr Quorum kOneCopy{.n = 1, .r = 1, .w = 1};

// What a server does, whose node wants to be woken at once.
void wake_if_wanted(Table& table, std::size_t i) {
  if (table.node(i).wake() == Tick{}) table.pass(0);
  table.deliver_all();
}

bool sends_state(const Message& message) {
  const auto* const held = std::get_if<Held>(&message.body);
  return held != nullptr && held->state && !held->state->empty();
}

bool asks_for_long(const Message& message) {
  const auto* const ask = std::get_if<Ask>(&message.body);
  return ask != nullptr && ask->detail == Detail::state && !ask->short_only;
}

// Delivers until somebody is about to send the long value, and returns who.
std::size_t sender(Table& table) {
  while (std::ranges::none_of(table.mail, sends_state)) {
    REQUIRE(
        table.deliver_one([](const Message& message) { return !sends_state(message); }));
  }
  return std::ranges::find_if(table.mail, sends_state)->from.raw();
}

// Delivers everything, and counts the long values on their way.
std::size_t states_sent(Table& table) {
  std::size_t sent = 0;
  while (!table.mail.empty()) {
    sent += sends_state(table.mail.front()) ? 1 : 0;
    table.deliver_one(anything);
  }
  return sent;
}

}  // namespace

TEST_CASE(
    "a read of this node's own copy waits until there is room, and short ones do not") {
  Table table = table_with_long({"a", "b"}, 1, kOneCopy);
  REQUIRE(table.run(0, put_of("short", "s")).outcome == Outcome::ok);
  CHECK(table.values(table.run(0, get_of("a"))).front() == kLong);
  const Ticket waits = table.ask(0, get_of("b"));
  table.deliver_all();
  for (int i = 0; i < 5; ++i) {  // it asks again meanwhile
    table.pass(250'000);
    table.deliver_all();
  }
  CHECK(table.reply(waits) == nullptr);
  CHECK(table.node(0).wake() != Tick{});
  CHECK(table.values(table.run(0, get_of("short"))).front() == "s");

  table.forget_replies();
  wake_if_wanted(table, 0);
  CHECK(table.values(table.now_reply(waits)).front() == kLong);
  CHECK(table.node(0).in_flight() == 0);
}

TEST_CASE("who waits for room is served in the order in which they came") {
  Table table = table_with_long({"a", "b", "c"}, 1, kOneCopy);
  std::vector<Ticket> gets;
  for (const char* const key : {"a", "b", "c"}) {
    gets.push_back(table.ask(0, get_of(key)));
    table.deliver_all();
  }
  for (std::size_t served = 0; served < gets.size(); ++served) {
    wake_if_wanted(table, 0);
    for (std::size_t i = served; i < gets.size(); ++i) {
      CHECK((table.reply(gets[i]) != nullptr) == (i == served));
    }
    table.forget_replies();
  }
}

TEST_CASE("who needs less room does not overtake who waits for more") {
  Table table = table_with_long({"a", "b"}, 1, kOneCopy);
  REQUIRE(table.run(0, put_of("less", std::string(80'000, 'v'))).outcome == Outcome::ok);
  REQUIRE(table.run(0, get_of("a")).outcome == Outcome::ok);
  const Ticket more = table.ask(0, get_of("b"));
  table.deliver_all();
  const Ticket less = table.ask(0, get_of("less"));
  table.deliver_all();
  CHECK(table.reply(more) == nullptr);
  CHECK(table.reply(less) == nullptr);
  table.forget_replies();
  wake_if_wanted(table, 0);
  CHECK(table.reply(more) != nullptr);
  CHECK(table.reply(less) != nullptr);
}

TEST_CASE("who has waited for room until the deadline is told so") {
  Table table = table_with_long({"a", "b"}, 1, kOneCopy);
  REQUIRE(table.run(0, get_of("a")).outcome == Outcome::ok);
  const Ticket late = table.ask(0, get_of("b"));
  table.deliver_all();
  table.pass(250'000);
  table.deliver_all();
  table.pass(2'000'000);
  const Reply& reply = table.now_reply(late);
  CHECK(reply.trouble == Trouble::overloaded);
  CHECK(reply.detail.find("values on their way to clients take most of") !=
        std::string::npos);
  // It is not served any more, and keeps nothing.
  table.forget_replies();
  wake_if_wanted(table, 0);
  CHECK(table.run(0, get_of("b")).outcome == Outcome::ok);
}

TEST_CASE("other nodes send a long value when there is room for it") {
  Table table = table_with_long({"a", "b"}, 4, Quorum{});
  const std::size_t asker = table.outsider("b");
  REQUIRE(table.run(asker, get_of("a")).outcome == Outcome::ok);
  const Ticket waits = table.ask(asker, get_of("b"));
  CHECK(states_sent(table) == 0);
  table.pass(250'000);
  CHECK(states_sent(table) == 0);
  CHECK(table.reply(waits) == nullptr);
  table.forget_replies();
  table.pass(250'000);
  CHECK(states_sent(table) == 1);
  CHECK(table.values(table.now_reply(waits)).front() == kLong);
}

TEST_CASE("a value that is longer than all the room is read alone") {
  Table table({.nodes = 1, .quorum = kOneCopy, .reading_bytes_max = kRoom});
  const std::string longer(2 * kRoom, 'v');
  REQUIRE(table.run(0, put_of("a", longer)).outcome == Outcome::ok);
  CHECK(table.values(table.run(0, get_of("a"))).front() == longer);
  const Ticket waits = table.ask(0, get_of("a"));
  table.deliver_all();
  CHECK(table.reply(waits) == nullptr);
  table.forget_replies();
  wake_if_wanted(table, 0);
  CHECK(table.values(table.now_reply(waits)).front() == longer);
}

TEST_CASE("a value in a file that finds no room is read again when there is some") {
  Table table = table_with_long({"a", "b"}, 1, kOneCopy);
  table.engine(0).is_cold = true;
  REQUIRE(table.run(0, get_of("a")).outcome == Outcome::ok);
  const Ticket waits = table.ask(0, get_of("b"));
  table.deliver_all();
  CHECK(table.reply(waits) == nullptr);
  CHECK(table.reads.empty());
  table.forget_replies();
  wake_if_wanted(table, 0);
  CHECK(table.values(table.now_reply(waits)).front() == kLong);
}

TEST_CASE("of owners that hold the same long value, one sends it") {
  Table table({.nodes = 4, .reading_bytes_max = 3 * kRoom});
  REQUIRE(table.run(0, put_of("a", kLong)).outcome == Outcome::ok);
  const Ticket get = table.ask(table.outsider("a"), get_of("a", {.level = Level::all}));
  CHECK(states_sent(table) == 1);
  CHECK(table.values(table.now_reply(get)).front() == kLong);
}

TEST_CASE(
    "another owner sends the long value where the first is gone, lost it or is silent") {
  const std::vector<void (*)(Table&, std::size_t)> ends = {
      [](Table& table, std::size_t owner) {
        table.drop(sends_state);
        table.step(3, Suspected{.node = NodeId{static_cast<std::uint32_t>(owner)}});
      },
      [](Table& table, std::size_t owner) {
        const auto at = std::ranges::find_if(table.mail, sends_state);
        at->body = Held{.error = Error{Errc::corrupt, "its checksum is not its own"}};
        CHECK(at->from.raw() == owner);
      },
      [](Table& table, std::size_t owner) {
        table.drop(sends_state);
        table.stop(owner);
        table.pass(250'000);
      },
  };
  for (const auto end : ends) {
    Table table({.nodes = 4, .reading_bytes_max = kRoom});
    std::string key = "a";
    while (table.outsider(key) != 3) key += 'a';
    REQUIRE(table.run(0, put_of(key, kLong)).outcome == Outcome::ok);
    const Ticket get = table.ask(3, get_of(key));
    end(table, sender(table));
    table.deliver_all();
    CHECK(table.values(table.now_reply(get)).front() == kLong);
    // What the first was lent is given back: one fits, and not two.
    table.forget_replies();
    const Ticket next = table.ask(3, get_of(key));
    table.deliver_all();
    table.pass(250'000);
    table.deliver_all();
    CHECK(table.values(table.now_reply(next)).front() == kLong);
  }
}

TEST_CASE(
    "a read that needs more room than there is, of owners that differ, is told so") {
  Table table = table_with_long({"a"}, 4, Quorum{});
  const std::size_t asker = table.outsider("a");
  const auto owners = table.owners("a");
  const std::string newer(200'000, 'w');
  table.ask(owners[0], put_of("a", newer));
  table.deliver_one(between(owners[0], owners[0]));
  table.drop(anything);
  const Ticket get = table.ask(asker, get_of("a", {.level = Level::all}));
  table.deliver_all();
  // There is room for one of them.
  table.pass(2'000'000);
  CHECK(table.now_reply(get).trouble == Trouble::overloaded);
}

TEST_CASE("a long value that comes late is let go where others have its room by now") {
  Table table({.nodes = 4, .reading_bytes_max = kRoom});
  std::string key = "a";
  while (table.outsider(key) != 3) key += 'a';
  REQUIRE(table.run(0, put_of(key, kLong)).outcome == Outcome::ok);
  const Ticket slow = table.ask(3, get_of(key));
  const std::size_t first = sender(table);
  const auto at = std::ranges::find_if(table.mail, sends_state);
  const Message late = std::move(*at);
  table.mail.erase(at);
  table.stop(first);
  table.pass(250'000);  // it asks the others, of whom none is heard yet
  const std::deque<Message> asked = std::exchange(table.mail, {});
  const Ticket quick = table.ask(3, get_of(key));
  table.pass(250'000);
  table.deliver([&](const Message& message) { return message.to.raw() != first; });
  REQUIRE(table.values(table.now_reply(quick)).front() == kLong);

  table.mail = {late};
  table.deliver_all();
  CHECK(table.reply(slow) == nullptr);
  table.forget_replies();
  wake_if_wanted(table, 3);
  table.mail.insert(table.mail.end(), asked.begin(), asked.end());
  table.deliver([&](const Message& message) { return message.to.raw() != first; });
  table.pass(600'000);
  table.deliver([&](const Message& message) { return message.to.raw() != first; });
  CHECK(table.values(table.now_reply(slow)).front() == kLong);
}

TEST_CASE("of owners that differ, all that fit are asked when there is room again") {
  Table table({.nodes = 4, .reading_bytes_max = 2 * kLong.size() + 50'000});
  for (const char* const key : {"a", "b", "c"}) {
    REQUIRE(table.run(0, put_of(key, kLong)).outcome == Outcome::ok);
  }
  const std::size_t asker = table.outsider("a");
  const std::size_t ahead = table.owners("a").front();
  const std::string newer(kLong.size(), 'w');
  table.ask(ahead, put_of("a", newer));
  table.deliver_one(between(ahead, ahead));
  table.drop(anything);
  table.forget_replies();
  REQUIRE(table.run(asker, get_of("b")).outcome == Outcome::ok);
  REQUIRE(table.run(asker, get_of("c")).outcome == Outcome::ok);
  const Ticket get = table.ask(asker, get_of("a", {.level = Level::all}));
  table.deliver_all();
  CHECK(table.reply(get) == nullptr);
  table.forget_replies();
  REQUIRE(table.node(asker).wake() == Tick{});
  table.pass(0);
  CHECK(std::ranges::count_if(table.mail, asks_for_long) == 2);
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)).front() == newer);
}

TEST_CASE("who sends a long value is not asked for it again before it can be here") {
  Table table({.nodes = 4});
  const std::string value(10'000'000, 'v');
  REQUIRE(table.run(0, put_of("a", value)).outcome == Outcome::ok);
  const Ticket get = table.ask(table.outsider("a"), get_of("a"));
  sender(table);
  const auto at = std::ranges::find_if(table.mail, sends_state);
  const Message under_way = std::move(*at);
  table.mail.erase(at);
  table.pass(300'000);
  CHECK(states_sent(table) == 0);
  table.mail = {under_way};
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)).front() == value);
}
