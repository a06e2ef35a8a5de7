// A node that copies what it lost: from whom, in how many pieces, and what may go wrong.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

using Values = std::vector<std::string>;

bool is_greeting(const Message& message) {
  return is<Hello>(message) || is<KnownAs>(message);
}

void put_many(Table& table, int keys) {
  for (int i = 0; i < keys; ++i) {
    const std::string key = "k" + std::to_string(i);
    REQUIRE(table.run(0, put_of(key, "v", kAll)).outcome == Outcome::ok);
  }
}

// Whether node i holds all that node 0 does.
bool has_all(const Table& table, std::size_t i, int keys) {
  for (int k = 0; k < keys; ++k) {
    const std::string key = "k" + std::to_string(k);
    if (table.held(i, key) != table.held(0, key)) return false;
  }
  return true;
}

void go_on(Table& table, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    table.deliver_all();
    table.pass(100'000);
  }
}

}  // namespace

TEST_CASE("copying takes many pages, and ends with every key") {
  for (const bool is_cold : {false, true}) {
    CAPTURE(is_cold);
    Table table({.page_bytes = 200});
    put_many(table, 100);
    table.engine(0).is_cold = table.engine(2).is_cold = is_cold;
    table.boot(1, false, true);
    std::size_t pulls = 0;
    while (table.deliver_one([&](const Message& message) {
      pulls += is<Pull>(message) ? 1 : 0;
      return true;
    })) {
    }
    CHECK(table.node(1).is_whole());
    CHECK(pulls > 50);
    table.engine(0).is_cold = table.engine(2).is_cold = false;
    CHECK(has_all(table, 1, 100));
  }
}

TEST_CASE("pages that come twice, late, or from nobody that was asked, do no harm") {
  Table table({.page_bytes = 200});
  put_many(table, 60);
  table.boot(1, false, true);
  std::vector<Message> pages;
  std::size_t copied = 0;
  while (!table.mail.empty()) {
    if (is<Page>(table.mail.front()) && copied < 200) {
      ++copied;
      pages.push_back(table.mail.front());
      table.mail.push_back(pages[pages.size() / 2]);  // one from before
      table.mail.push_back(pages.back());             // and this one twice
    }
    REQUIRE(table.deliver_one(anything));
  }
  CHECK(table.node(1).is_whole());
  CHECK(has_all(table, 1, 60));

  // Of another question, of a partition that there is not, and after the end.
  table.boot(1, false, true);
  table.deliver(is_greeting);
  Message stranger =
      answer_to(*std::ranges::find_if(table.mail, is<Pull>),
                Page{.partition = PartitionId{0}, .entries = {}, .is_last = true});
  stranger.to = NodeId{1};
  stranger.epoch = table.ring->epoch;
  stranger.from = NodeId{1};
  table.step(1, stranger);  // it does not copy from itself
  stranger.from = NodeId{0};
  stranger.operation = OperationId{3};
  for (std::uint32_t id = 0; id < 9; ++id) {
    std::get<Page>(stranger.body).partition = PartitionId{id};
    table.step(1, stranger);
  }
  CHECK_FALSE(table.node(1).is_whole());
  go_on(table, 3);
  CHECK(table.node(1).is_whole());
  for (const Message& page : pages) table.step(1, page);
  CHECK(has_all(table, 1, 60));
}

TEST_CASE("a source that cannot read is asked again until it can") {
  Table table;
  put_many(table, 20);
  table.engine(2).find_error = Error{Errc::corrupt, "damage"};
  table.boot(1, false, true);
  go_on(table, 3);
  CHECK_FALSE(table.node(1).is_whole());
  CHECK_FALSE(table.is_said_whole(1));
  CHECK(table.run(1, get_of("k1", kAll)).outcome == Outcome::unknown);
  table.engine(2).find_error.reset();
  go_on(table, 3);
  CHECK(table.node(1).is_whole());
  CHECK(table.is_said_whole(1));
  CHECK(has_all(table, 1, 20));
}

TEST_CASE("a full disk while copying: page by page again, until there is room") {
  Table table({.page_bytes = 200});
  put_many(table, 40);
  table.boot(1, false, true);
  table.engine(1).write_error = Error{Errc::disk_full, "no room"};
  go_on(table, 3);
  CHECK_FALSE(table.node(1).is_whole());
  table.engine(1).write_error.reset();
  go_on(table, 3);
  CHECK(table.node(1).is_whole());
  CHECK(has_all(table, 1, 40));
}

TEST_CASE("a page counts once it is on the disk, and not before") {
  Table table;
  put_many(table, 20);
  table.syncs_itself = false;
  table.boot(1, false, true);
  table.deliver_all();
  CHECK_FALSE(table.node(1).is_whole());
  REQUIRE(table.mail.empty());
  table.pass(100'000);  // it waits for its own disk, and asks others only what is empty
  CHECK(std::ranges::none_of(table.mail, is<Push>));
  CHECK_FALSE(table.node(1).is_whole());
  for (int round = 0; round < 8; ++round) {
    table.sync(1);
    table.deliver_all();
  }
  CHECK(table.node(1).is_whole());
}

TEST_CASE("a node that stops while it copies is not whole when it is back") {
  Table table;
  put_many(table, 20);
  table.stop(2);
  table.boot(1, false, true);
  go_on(table, 2);
  CHECK_FALSE(table.is_said_whole(1));
  table.restart(1, !table.is_said_whole(1));
  go_on(table, 5);
  CHECK_FALSE(table.node(1).is_whole());  // one other is not enough
  table.restart(2);
  go_on(table, 6);
  CHECK(table.node(1).is_whole());
  CHECK(table.node(2).is_whole());
  CHECK(has_all(table, 1, 20));
}

TEST_CASE("two of three that lost their disks stay mute: what only they had is gone") {
  Table table;
  const Ticket put = table.ask(1, put_of("k", "v"));
  table.drop(to(0));
  table.deliver_all();
  REQUIRE(table.now_reply(put).outcome == Outcome::ok);  // on n2 and n3
  table.boot(1, false, true);
  table.boot(2, false, true);
  go_on(table, 20);
  CHECK_FALSE(table.node(1).is_whole());
  CHECK_FALSE(table.node(2).is_whole());
  // No answer is better than "there is no such key".
  CHECK(table.run(0, get_of("k")).outcome == Outcome::unknown);
  CHECK(table.run(1, get_of("k")).outcome == Outcome::unknown);
  CHECK(table.run(0, put_of("k", "w")).outcome == Outcome::unknown);
}

TEST_CASE("two of five that lost their disks copy from the three others, at once") {
  Table table({.nodes = 5, .quorum = {.n = 5, .r = 3, .w = 3}});
  const Ticket put = table.ask(1, put_of("k", "v"));
  for (const std::size_t node : {0U, 3U}) table.drop(to(node));
  table.deliver_all();
  REQUIRE(table.now_reply(put).outcome == Outcome::ok);  // on n2, n3 and n5
  table.boot(1, false, true);
  table.boot(2, false, true);
  go_on(table, 6);
  CHECK(table.node(1).is_whole());
  CHECK(table.node(2).is_whole());
  for (const std::size_t node : {1U, 2U}) {
    CHECK(table.values(table.run(node, get_of("k", kOne))) == Values{"v"});
  }
}

TEST_CASE("three of four others are enough: the fourth may come later, or never") {
  Table table({.nodes = 5, .quorum = {.n = 5, .r = 3, .w = 3}, .page_bytes = 100});
  put_many(table, 20);
  table.boot(1, false, true);
  table.deliver(is_greeting);
  std::deque<Message> last;  // what n5 is asked for arrives last
  for (bool is_whole = false; !is_whole; is_whole = table.node(1).is_whole()) {
    for (const Message& message : table.mail) {
      if (message.to == NodeId{4}) last.push_back(message);
    }
    table.drop(to(4));
    REQUIRE(table.deliver_one(anything));
  }
  CHECK(has_all(table, 1, 20));
  for (const Message& message : last) table.mail.push_back(message);
  table.deliver_all();
  CHECK(table.node(1).is_whole());
}

TEST_CASE("what is still being stored when enough others had all is stored, and counts") {
  Table table({.nodes = 5, .quorum = {.n = 5, .r = 3, .w = 3}});
  put_many(table, 20);
  table.boot(1, false, true);
  table.deliver(is_greeting);
  // All four pages of every partition, and only then the stores of n5's.
  table.deliver([](const Message& message) { return !is<Push>(message); });
  std::deque<Message> pushes;
  while (!table.mail.empty()) {
    if (is<Push>(table.mail.back())) pushes.push_back(table.mail.back());
    table.mail.pop_back();
  }
  for (const Message& push : pushes) {
    table.step(1, push);
    table.sync(1);
    table.deliver([](const Message& message) {
      return !is<Push>(message) || message.to == NodeId{1};
    });
  }
  go_on(table, 4);
  CHECK(table.node(1).is_whole());
  CHECK(has_all(table, 1, 20));
}

TEST_CASE("a single copy that lost something has nobody to copy from, and says nothing") {
  Table table({.nodes = 1, .quorum = {.n = 1, .r = 1, .w = 1}});
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.restart(0);
  CHECK(table.node(0).is_whole());  // nobody else to ask
  CHECK(table.values(table.run(0, get_of("k"))) == Values{"v"});
  table.restart(0, true);
  go_on(table, 5);
  CHECK_FALSE(table.node(0).is_whole());
  CHECK(table.run(0, get_of("k")).outcome == Outcome::unknown);
}

TEST_CASE(
    "a node that is not damaged goes on without one that is down, after some time") {
  Table table;
  put_many(table, 5);
  table.stop(2);
  table.restart(1);
  table.deliver_all();
  CHECK_FALSE(table.node(1).is_whole());  // n3 may know more
  go_on(table, 4);
  CHECK(table.node(1).is_whole());
  CHECK(table.values(table.run(1, get_of("k1", kOne))) == Values{"v"});
}

TEST_CASE("all nodes at once, after a power cut: each asks the others, and goes on") {
  Table table;
  put_many(table, 5);
  table.drop(anything);
  for (std::size_t i = 0; i < 3; ++i) table.stop(i);
  for (std::size_t i = 0; i < 3; ++i) table.restart(i);
  go_on(table, 2);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(table.node(i).is_whole());
    CHECK(table.values(table.run(i, get_of("k3"))) == Values{"v"});
  }
}

TEST_CASE(
    "after a failed sync a node starts from what its disk has, and copies the rest") {
  Table table;
  table.syncs_itself = false;
  for (std::size_t i = 0; i < 3; ++i) table.sync(i);
  const Ticket put = table.ask(0, put_of("k", "v", kAll));
  table.deliver_all();
  for (std::size_t i = 0; i < 3; ++i) table.sync(i);
  table.deliver_all();
  REQUIRE(table.now_reply(put).outcome == Outcome::ok);
  // n2 has told that it is at record 1. Its disk has nothing of it after all.
  table.step(1, LogFailed{.cause = {Errc::io, "fdatasync: input/output error"}});
  CHECK(table.run(1, get_of("k", kOne)).outcome == Outcome::refused);
  table.syncs_itself = true;
  const ActorId before = table.node(1).actor();
  table.boot(1, false, false, 0);
  go_on(table, 4);
  CHECK(table.node(1).is_whole());
  CHECK(table.node(1).actor() != before);
  CHECK(table.values(table.run(1, get_of("k", kOne))) == Values{"v"});
}
