// Gets that one copy may answer, asked at a node that has one: no message is sent.
#include <doctest/doctest.h>

#include "tests/replication/table.hpp"

using namespace kv;

namespace {

// Whether the get was answered before anything was delivered.
bool is_at_once(Table& table, std::size_t node, Request request) {
  table.mail.clear();
  const Ticket get = table.ask(node, std::move(request));
  const bool at_once = table.reply(get) != nullptr;
  CHECK(at_once == table.mail.empty());
  table.deliver_all();
  table.read_files();
  table.deliver_all();
  const Reply& reply = table.now_reply(get);
  CHECK(reply.outcome == Outcome::ok);
  CHECK(table.values(reply) == std::vector<std::string>{"v"});
  return at_once;
}

const Consistency kAny{.level = Level::one};

}  // namespace

TEST_CASE("a get of one copy is answered at once, where that is in memory") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  for (std::size_t node = 0; node < 3; ++node) {
    CHECK(is_at_once(table, node, get_of("k", kAny)));
    CHECK_FALSE(is_at_once(table, node, get_of("k")));
  }
  const Reply& reply = table.run(0, get_of("k", kAny));
  CHECK(reply.answers == 1);
  CHECK(reply.needed == 1);
  table.engine(0).is_cold = true;
  CHECK_FALSE(is_at_once(table, 0, get_of("k", kAny)));
}

TEST_CASE("of one copy in all, a get is answered at once, be it quorum or nothing") {
  Table table({.nodes = 1, .quorum = {.n = 1, .r = 1, .w = 1}, .repair_one_in = 1});
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(is_at_once(table, 0, get_of("k")));
  CHECK(is_at_once(table, 0, get_of("k", {.level = Level::quorum})));
  // What a linearizable read tells is on the disk.
  CHECK_FALSE(is_at_once(table, 0, get_of("k", {.level = Level::linearizable})));
  CHECK(table.values(table.now_reply(table.ask(0, get_of("nowhere")))).empty());
}

TEST_CASE("who does not own the key, or is to repair the others, sends messages") {
  Table table({.nodes = 4});
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  std::size_t at_once = 0;
  for (std::size_t node = 0; node < 4; ++node) {
    at_once += is_at_once(table, node, get_of("k", kAny)) ? 1 : 0;
  }
  CHECK(at_once == 3);
  Table repairing({.repair_one_in = 1});
  REQUIRE(repairing.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK_FALSE(is_at_once(repairing, 0, get_of("k", kAny)));
}

TEST_CASE("a node that may have lost what it acknowledged does not answer alone") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.restart(0, true);
  // It knows who it is, and has not heard what it may have lost.
  while (table.deliver_one([](const Message& message) {
    return is<Hello>(message) || is<KnownAs>(message);
  })) {
  }
  REQUIRE(table.node(0).is_ready());
  REQUIRE_FALSE(table.node(0).is_whole());
  CHECK(table.reply(table.ask(0, get_of("k", kAny))) == nullptr);
}

TEST_CASE("siblings wait for the disk before anybody is told of them") {
  Table table({.policy = Policy::siblings});
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK_FALSE(is_at_once(table, 0, get_of("k", kAny)));
}
