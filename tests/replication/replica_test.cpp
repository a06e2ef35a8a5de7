// An owner whose values lie in files, and may be damaged there.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

using Values = std::vector<std::string>;

Request put_with_id(std::string value, std::uint64_t id) {
  Request request = put_of("k", std::move(value));
  request.id = RequestId{id};
  return request;
}

void make_cold(Table& table, std::size_t i) {
  table.engine(i).is_cold = true;
}
void damage(Table& table, std::size_t i, const std::string& key) {
  make_cold(table, i);
  table.engine(i).damaged.insert(key);
}

// What node i answers to this request, when it is asked by its neighbour.
template <class Body>
Message answer_of(Table& table, std::size_t i, Body body) {
  Message request;
  request.body = std::move(body);
  request.from = NodeId{std::uint32_t((i + 1) % 3)};
  request.to = NodeId{std::uint32_t(i)};
  request.operation = OperationId{12'345};
  request.epoch = table.ring->epoch;
  table.mail.clear();
  table.step(i, request);
  table.sync(i);
  REQUIRE(table.mail.size() == 1);
  CHECK(table.mail.front().to == request.from);
  CHECK(table.mail.front().operation == request.operation);
  Message answer = std::move(table.mail.front());
  table.mail.clear();
  return answer;
}

Pull pull_of(PartitionId partition) {
  return {.partition = partition, .from_hash = {}, .from_key = {}};
}

Stored stored_of(Table& table, std::size_t i, KeyState state) {
  const Message answer = answer_of(table, i, Push{.key = "k", .state = std::move(state)});
  return std::get<Stored>(answer.body);
}

KeyState register_at(std::uint64_t counter, std::string value) {
  KeyState state;
  state.versions.push_back(
      {.at = {.counter = counter, .dot = {.actor = ActorId{99}, .seq = counter}},
       .value = std::move(value)});
  return state;
}

}  // namespace

TEST_CASE("a value in a file is read for who wants it, and nobody else waits") {
  Table table;
  REQUIRE(table.run(0, put_of("cold", "c", kAll)).outcome == Outcome::ok);
  make_cold(table, 0);
  table.reads_itself = false;
  const Ticket cold = table.ask(0, get_of("cold", kOne));
  table.deliver_all();
  CHECK(table.reply(cold) == nullptr);
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(table.run(0, erase_of("gone")).outcome == Outcome::ok);
  CHECK(table.run(0, get_of("gone", kOne)).outcome == Outcome::ok);
  table.read_files();
  table.deliver_all();
  CHECK(table.values(table.now_reply(cold)) == Values{"c"});
}

TEST_CASE("a value that was read for nobody is dropped") {
  Table table;
  table.step(0, ValueRead{.ticket = ReadTicket{77}, .value = "v"});
  CHECK(table.mail.empty());
}

TEST_CASE("a key that changed while its file was read is read as it is now") {
  for (const bool is_cold_again : {true, false}) {
    CAPTURE(is_cold_again);
    Table table;
    REQUIRE(table.run(0, put_with_id("one", 1)).outcome == Outcome::ok);
    make_cold(table, 0);
    table.reads_itself = false;
    const Ticket get = table.ask(0, get_of("k", kOne));
    table.deliver_all();
    REQUIRE(table.reads.size() == 1);
    std::deque<std::pair<std::size_t, ColdRead>> waits;
    std::swap(waits, table.reads);
    table.engine(0).is_cold = false;
    REQUIRE(table.run(0, put_with_id("two", 2)).outcome == Outcome::ok);
    table.engine(0).is_cold = is_cold_again;
    table.step(0, ValueRead{.ticket = waits.front().second.ticket, .value = "one"});
    CHECK(table.reads.size() == (is_cold_again ? 1 : 0));
    table.read_files();
    table.deliver_all();
    CHECK(table.values(table.now_reply(get)) == Values{"two"});
  }
}

TEST_CASE("what remembers requests is read from its file before it is added to") {
  Table table;
  REQUIRE(table.run(0, put_with_id("one", 1)).outcome == Outcome::ok);
  for (std::size_t i = 0; i < 3; ++i) make_cold(table, i);
  REQUIRE(table.run(0, put_with_id("two", 2)).outcome == Outcome::ok);
  const Reply& retry = table.run(1, put_with_id("one", 1));
  CHECK(retry.outcome == Outcome::ok);
  CHECK(retry.written.counter == 1);
  CHECK(table.values(table.run(2, get_of("k"))) == Values{"two"});
}

TEST_CASE("siblings in files are read, merged and made") {
  Table table({.policy = Policy::siblings});
  REQUIRE(table.run(0, put_of("k", "one")).outcome == Outcome::ok);
  for (std::size_t i = 0; i < 3; ++i) make_cold(table, i);
  REQUIRE(table.run(1, put_of("k", "two")).outcome == Outcome::ok);
  CHECK(table.values(table.run(2, get_of("k", kAll))) == Values{"two"});
}

TEST_CASE(
    "a file that cannot be read is said to whoever asked, in the words of its kind") {
  Table table;
  REQUIRE(table.run(0, put_with_id("v", 1)).outcome == Outcome::ok);
  damage(table, 0, "k");
  const KeyHash hash = hash_key(table.rules().replica.hash, "k");
  const PartitionId partition = table.ring->table.partition(hash);
  const auto held = answer_of(table, 0, Ask{.key = "k"});
  CHECK(std::get<Held>(held.body).error->code == Errc::corrupt);
  CHECK_FALSE(std::get<Held>(held.body).state);
  const auto page = answer_of(table, 0, pull_of(partition));
  CHECK(std::get<Page>(page.body).error->code == Errc::corrupt);
  CHECK(std::get<Page>(page.body).partition == partition);
  Version version = register_at(9, "w").versions.front();
  const auto offered = answer_of(table, 0, Offer{.key = "k", .version = version});
  CHECK(std::get<Stored>(offered.body).storing == Storing::failed);
  CHECK(std::get<Stored>(offered.body).error->code == Errc::corrupt);
}

TEST_CASE(
    "damage is replaced by the same, or by a newer register, and by nothing older") {
  Table table;
  const KeyState old = register_at(3, "old"), now = register_at(5, "now");
  const auto with_request = [](KeyState state) {
    state.versions.front().request = RequestId{4};
    state.recent.add({.at = state.versions.front().at, .id = RequestId{4}});
    return state;
  };
  REQUIRE(stored_of(table, 0, with_request(now)).storing == Storing::durable);
  damage(table, 0, "k");
  const Stored older = stored_of(table, 0, with_request(old));
  CHECK(older.storing == Storing::failed);
  CHECK(older.error->code == Errc::corrupt);
  // It is known as damaged now: nothing is read any more.
  table.reads_itself = false;
  CHECK(stored_of(table, 0, old).storing == Storing::failed);
  CHECK(stored_of(table, 0, with_request(now)).storing == Storing::durable);
  table.engine(0).damaged.clear();
  table.engine(0).is_cold = false;
  CHECK(table.held(0, "k") == with_request(now));
  damage(table, 0, "k");
  table.reads_itself = true;
  CHECK(stored_of(table, 0, with_request(register_at(6, "new"))).storing ==
        Storing::durable);
  table.engine(0).damaged.clear();
  table.engine(0).is_cold = false;
  CHECK(table.held(0, "k").versions.front().value == "new");
}

TEST_CASE("a store that knows of damage itself is mended like one that finds it") {
  Table table;
  const auto with_request = [](KeyState state) {
    state.recent.add({.at = state.versions.front().at, .id = RequestId{4}});
    return state;
  };
  const KeyState now = with_request(register_at(5, "now"));
  REQUIRE(stored_of(table, 0, now).storing == Storing::durable);
  table.engine(0).find_error = Error{Errc::corrupt, "its segment is damaged"};
  CHECK(stored_of(table, 0, with_request(register_at(4, "old"))).storing ==
        Storing::failed);
  CHECK(stored_of(table, 0, now).storing == Storing::durable);
  table.engine(0).write_error = Error{Errc::disk_full, "no room"};
  CHECK(stored_of(table, 0, now).error->code == Errc::disk_full);
  table.engine(0).write_error.reset();
  table.engine(0).find_error = Error{Errc::stopped, "a write failed before"};
  CHECK(stored_of(table, 0, now).error->code == Errc::stopped);
}

TEST_CASE("damaged siblings are replaced by the same only: newer ones may lack some") {
  Table table({.policy = Policy::siblings});
  REQUIRE(table.run(0, put_of("k", "one")).outcome == Outcome::ok);
  const KeyState one = table.held(1, "k");
  REQUIRE(table.run(1, put_of("k", "two")).outcome == Outcome::ok);
  const KeyState two = table.held(0, "k");
  REQUIRE(stored_of(table, 2, two).storing == Storing::durable);
  damage(table, 2, "k");
  CHECK(stored_of(table, 2, one).storing == Storing::failed);
  CHECK(stored_of(table, 2, two).storing == Storing::durable);
}

TEST_CASE(
    "a damaged owner that counts for nothing takes what others have, whatever it is") {
  Table table;
  REQUIRE(stored_of(table, 0, register_at(5, "now")).storing == Storing::durable);
  table.restart(0, true);
  damage(table, 0, "k");
  const auto with_request = [](KeyState state) {
    state.recent.add({.at = state.versions.front().at, .id = RequestId{4}});
    return state;
  };
  table.engine(0).find_error = Error{Errc::corrupt, "its segment is damaged"};
  CHECK(stored_of(table, 0, with_request(register_at(3, "old"))).storing ==
        Storing::uncounted);
}

TEST_CASE("what lies in the store and is no state is damage, too") {
  Table table({.policy = Policy::siblings});
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  make_cold(table, 0);
  table.reads_itself = false;
  const Ticket get = table.ask(0, get_of("k"));
  table.deliver(to(0));
  REQUIRE(table.reads.size() == 1);
  table.step(0, ValueRead{.ticket = table.reads.front().second.ticket, .value = "junk"});
  table.reads.clear();
  const auto* const held = std::get_if<Held>(&table.mail.back().body);
  REQUIRE(held != nullptr);
  CHECK(held->error->code == Errc::corrupt);
  table.deliver_all();
  CHECK(table.values(table.now_reply(get)) == Values{"v"});
}

TEST_CASE("a tombstone is stored, told and compared like a value") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  const Ticket erase = table.ask(0, erase_of("k"));
  table.drop(to(2));
  table.deliver_all();
  REQUIRE(table.now_reply(erase).outcome == Outcome::ok);
  CHECK(table.values(table.run(2, get_of("k"))).empty());
  table.deliver_all();
  CHECK(table.held(2, "k") == table.held(0, "k"));
}

TEST_CASE("a key with the last counter takes no further sibling") {
  Table table({.policy = Policy::siblings});
  KeyState last;
  const Dot dot{.actor = ActorId{99}, .seq = 1};
  last.versions.push_back({.at = {.counter = kCounterMax, .dot = dot}, .value = "v"});
  last.seen.add(dot);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(stored_of(table, i, last).storing == Storing::durable);
  }
  const Reply& put = table.run(0, put_of("k", "w"));
  CHECK(put.outcome == Outcome::refused);
  CHECK(put.trouble == Trouble::conflict);
}

TEST_CASE("a page names its partition, ends where it is full, and goes on from there") {
  Table table({.page_bytes = 200});
  for (int i = 0; i < 200; ++i) {
    REQUIRE(table.run(0, put_of("k" + std::to_string(i), "v", kAll)).outcome ==
            Outcome::ok);
  }
  for (const bool is_cold : {false, true}) {
    CAPTURE(is_cold);
    table.engine(0).is_cold = is_cold;
    std::set<std::string> keys;
    std::size_t pages = 0;
    for (std::uint32_t id = 0; id < 8; ++id) {
      Pull pull = pull_of(PartitionId{id});
      for (bool is_last = false; !is_last; ++pages) {
        const Message answer = answer_of(table, 0, pull);
        const auto& page = std::get<Page>(answer.body);
        CHECK_FALSE(page.error);
        CHECK(page.partition == pull.partition);
        for (const Page::Entry& entry : page.entries) {
          CHECK(keys.insert(entry.key).second);
          CHECK(entry.state == table.held(1, entry.key));
        }
        is_last = page.is_last;
        pull.from_hash = page.next_hash;
        pull.from_key = page.next_key;
      }
    }
    CHECK(keys.size() == 200);
    CHECK(pages > 20);
  }
  const Message none = answer_of(table, 0, pull_of(PartitionId{8}));
  CHECK(std::get<Page>(none.body).error->code == Errc::bad_usage);
  table.engine(0).find_error = Error{Errc::corrupt, "damage"};
  std::size_t errors = 0;
  for (std::uint32_t id = 0; id < 8; ++id) {
    const Message answer = answer_of(table, 0, pull_of(PartitionId{id}));
    errors += std::get<Page>(answer.body).error ? 1 : 0;
  }
  CHECK(errors == 8);
}
