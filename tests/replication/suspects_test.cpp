// A suspicion changes whom a coordinator asks first, and when. Nothing else.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"
#include "v4_replicated_kv/replication/coordinator.hpp"

using namespace kv;

namespace {

const Tick kHedgeAfter = CoordinatorRules{}.hedge_after;

template <class Body>
std::vector<std::size_t> sent_to(const Table& table) {
  std::vector<std::size_t> nodes;
  for (const Message& message : table.mail) {
    if (is<Body>(message)) nodes.push_back(message.to.raw());
  }
  std::ranges::sort(nodes);
  return nodes;
}

using Nodes = std::vector<std::size_t>;

void suspect(Table& table, std::size_t who, std::size_t of, bool is = true) {
  table.step(who, Suspected{.node = NodeId{static_cast<std::uint32_t>(of)}, .is = is});
}

// "v" is everywhere.
void put_v(Table& table) {
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
}

// The owner, besides node 0, that node 0 asks when it trusts all.
std::size_t second_of(Table& table) {
  table.ask(0, get_of("k"));
  const Nodes asked = sent_to<Ask>(table);
  table.deliver_all();
  REQUIRE(asked.size() == 2);
  REQUIRE(asked.front() == 0);
  return asked.back();
}

}  // namespace

TEST_CASE("a read asks trusted owners, and suspects only until they are trusted again") {
  Table table;
  put_v(table);
  const std::size_t second = second_of(table);
  const std::size_t third = 3 - second;
  suspect(table, 0, second);
  const Ticket get = table.ask(0, get_of("k"));
  CHECK(sent_to<Ask>(table) == Nodes{0, third});
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)) == std::vector<std::string>{"v"});
  suspect(table, 0, second, false);
  table.ask(0, get_of("k"));
  CHECK(sent_to<Ask>(table) == Nodes{0, second});
}

TEST_CASE("where too few are trusted all owners are asked, at once") {
  Table table;
  put_v(table);
  suspect(table, 0, 1);
  suspect(table, 0, 2);
  const Ticket get = table.ask(0, get_of("k"));
  CHECK(sent_to<Ask>(table) == Nodes{0, 1, 2});
  table.drop(to(1));  // one of the two is what it is suspected to be
  table.deliver_all();
  CHECK(table.now_reply(get).outcome == Outcome::ok);
  CHECK(table.now_reply(get).answers == 2);
}

TEST_CASE("a suspect gets every write, counts like any owner, and is waited for") {
  Table table;
  suspect(table, 0, 1);
  suspect(table, 0, 2);
  const Ticket put = table.ask(0, put_of("k", "v", {.level = Level::all}));
  CHECK(sent_to<Offer>(table) == Nodes{0, 1, 2});
  table.deliver([](const Message& message) { return message.to != NodeId{2}; });
  CHECK(table.reply(put) == nullptr);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  CHECK(table.now_reply(put).answers == 3);
}

TEST_CASE(
    "a read that waits for an owner asks another the moment that one is suspected") {
  Table table;
  put_v(table);
  const std::size_t second = second_of(table);
  const Ticket get = table.ask(0, get_of("k"));
  table.drop(to(second));
  table.deliver_all();
  CHECK(table.reply(get) == nullptr);
  suspect(table, 0, second);
  CHECK(sent_to<Ask>(table) == Nodes{3 - second});
  suspect(table, 0, second);  // no news: nobody is asked twice
  CHECK(sent_to<Ask>(table) == Nodes{3 - second});
  table.deliver_all();
  CHECK(table.now_reply(get).outcome == Outcome::ok);
}

TEST_CASE("a silent owner is hedged after a while, and asked last until it is heard of") {
  Table table;
  put_v(table);
  const std::size_t second = second_of(table);
  const Ticket get = table.ask(0, get_of("k"));
  std::deque<Message> late;
  std::swap(late, table.mail);
  std::erase_if(late, [&](const Message& message) {
    if (message.to.raw() == second) return false;
    table.mail.push_back(message);
    return true;
  });
  table.deliver_all();
  table.pass(kHedgeAfter.raw());
  CHECK(sent_to<Ask>(table) == Nodes{3 - second});
  table.deliver_all();
  CHECK(table.now_reply(get).outcome == Outcome::ok);
  table.ask(0, get_of("k"));
  CHECK(sent_to<Ask>(table) == Nodes{0, 3 - second});
  table.deliver_all();
  // Its answer comes at last.
  std::swap(late, table.mail);
  table.deliver_all();
  CHECK(second_of(table) == second);
}

TEST_CASE("a put that was refused does not wait for a suspect before it offers anew") {
  for (const bool is_known_before : {true, false}) {
    CAPTURE(is_known_before);
    Table table;
    put_v(table);
    // Node 1 alone has something newer, and node 2 says nothing.
    table.ask(1, put_of("k", "newer"));
    table.deliver_one(between(1, 1));
    table.drop(anything);
    if (is_known_before) suspect(table, 0, 2);
    const Ticket put = table.ask(0, put_of("k", "mine"));
    table.drop(to(2));
    table.deliver([](const Message& message) { return message.to != NodeId{2}; });
    if (!is_known_before) {
      CHECK(table.reply(put) == nullptr);
      suspect(table, 0, 2);
      table.deliver([](const Message& message) { return message.to != NodeId{2}; });
    }
    CHECK(table.now_reply(put).outcome == Outcome::ok);
    CHECK(table.now_reply(put).answers == 2);
    CHECK(sent_to<Offer>(table) == Nodes{2});  // it is still asked for its own
  }
}

TEST_CASE("a list asks trusted owners, and another for one that becomes suspected") {
  Table table({.quorum = {.n = 3, .r = 2, .w = 2}});
  put_v(table);
  const Request list{.verb = Verb::list, .key = {}, .limit = 10};
  suspect(table, 0, 2);
  const Ticket first = table.ask(0, list);
  CHECK(sent_to<List>(table) == Nodes{0, 1});
  table.drop(to(1));
  suspect(table, 0, 1);
  CHECK(sent_to<List>(table) == Nodes{0, 2});
  table.deliver_all();
  CHECK(table.now_reply(first).keys == std::vector<std::string>{"k"});
}

TEST_CASE("of the owners that could make a sibling a trusted one is asked") {
  Table table({.nodes = 4, .policy = Policy::siblings});
  const std::size_t outsider = table.outsider("k");
  const auto owners = table.owners("k");
  suspect(table, outsider, owners[0]);
  const Ticket put = table.ask(outsider, put_of("k", "v"));
  table.deliver([](const Message& message) { return !is<Mint>(message); });
  CHECK(sent_to<Mint>(table) == Nodes{owners[1]});
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}
