// Which keys there are: pages of them, from any node, whatever is down, deleted or put meanwhile.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

Request list_of(std::uint32_t limit, KeyHash from = {}, std::string prefix = "") {
  Request request{.verb = Verb::list, .key = std::move(prefix)};
  request.limit = limit;
  request.from = from;
  return request;
}

struct AllKeys {
  std::multiset<std::string> keys{};
  std::size_t pages = 0;
};

// All pages, one after the other; `between` is called before each.
template <class Between>
AllKeys all_keys(Table& table, std::size_t node, std::uint32_t limit,
                 const std::string& prefix, Between between) {
  AllKeys all;
  for (KeyHash from;; ++all.pages) {
    between();
    const Reply reply = table.run(node, list_of(limit, from, prefix));
    REQUIRE(reply.outcome == Outcome::ok);
    all.keys.insert(reply.keys.begin(), reply.keys.end());
    if (!reply.next) return all;
    REQUIRE(*reply.next > from);
    REQUIRE(all.pages < 10'000);
    from = *reply.next;
  }
}
AllKeys all_keys(Table& table, std::size_t node, std::uint32_t limit = 10,
                 const std::string& prefix = "") {
  return all_keys(table, node, limit, prefix, [] {});
}

std::string key_of(std::uint64_t number) {
  return (number % 3 == 0 ? "fruit/" : "k") + std::to_string(number);
}

// Four places for all keys there are.
std::uint64_t coarse(std::string_view key) {
  return (xxh3(key) & 3U) << 62U;
}

}  // namespace

TEST_CASE("every node lists every key once, in pages no longer than asked for") {
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    Table table({.nodes = 5, .policy = policy});
    std::multiset<std::string> keys;
    for (std::uint64_t i = 0; i < 200; ++i) {
      keys.insert(key_of(i));
      REQUIRE(table.run(i % 5, put_of(key_of(i), "v")).outcome == Outcome::ok);
    }
    for (std::size_t node = 0; node < 5; ++node) {
      for (const std::uint32_t limit : {1U, 7U, 1000U}) {
        const AllKeys all = all_keys(table, node, limit);
        CHECK(all.keys == keys);
        CHECK(all.pages >= 199 / limit);
      }
    }
    const Reply page = table.run(0, list_of(7));
    CHECK(page.keys.size() == 7);
    CHECK(page.needed == 2);
  }
}

TEST_CASE("of a prefix no other keys come, and its messages name no other") {
  Table table({.nodes = 4});
  std::size_t wanted = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    wanted += key_of(i).starts_with("fruit/") ? 1 : 0;
    REQUIRE(table.run(0, put_of(key_of(i), "v")).outcome == Outcome::ok);
  }
  const AllKeys fruit = all_keys(table, 3, 10, "fruit/");
  CHECK(fruit.keys.size() == wanted);
  for (const std::string& key : fruit.keys) CHECK(key.starts_with("fruit/"));
  CHECK(all_keys(table, 3, 10, "vegetable").keys.empty());
}

TEST_CASE("values do not travel, nor are they read from files where a head says enough") {
  Table table;
  REQUIRE(table.run(0, put_of("k", std::string(5000, 'v'))).outcome == Outcome::ok);
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).is_cold = true;
  table.reads_itself = false;
  const Ticket ticket = table.ask(0, list_of(10));
  while (!table.mail.empty()) {
    if (const auto* const said = std::get_if<kv::Listed>(&table.mail.front().body)) {
      REQUIRE(said->entries.size() == 1);
      CHECK(said->entries.front().state.versions.front().value.empty());
    }
    table.deliver_one(anything);
  }
  CHECK(table.now_reply(ticket).keys == std::vector<std::string>{"k"});
  CHECK(table.reads.empty());
}

TEST_CASE("states that lie in files are read for it, one after the other") {
  Table table({.policy = Policy::siblings});
  for (std::uint64_t i = 0; i < 30; ++i) {
    REQUIRE(table.run(0, put_of(key_of(i), "v")).outcome == Outcome::ok);
  }
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).is_cold = true;
  CHECK(all_keys(table, 0).keys.size() == 30);
}

TEST_CASE("what was deleted, or is over, is not listed, though one owner missed that") {
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    Table table({.policy = policy});
    for (const char* key : {"there", "deleted", "over"}) {
      Request put = put_of(key, "v", {.level = Level::all});
      if (put.key == "over") put.ttl_ms = 1000;
      REQUIRE(table.run(0, put).outcome == Outcome::ok);
    }
    for (std::size_t missed = 0; missed < 3; ++missed) {
      const Ticket ticket = table.ask((missed + 1) % 3, erase_of("deleted"));
      const auto may_arrive = [&](const Message& message) {
        return message.to.raw() != missed;
      };
      table.deliver(may_arrive);
      CHECK(table.now_reply(ticket).outcome == Outcome::ok);
      table.mail.clear();
      for (std::size_t node = 0; node < 3; ++node) {
        CHECK(all_keys(table, node).keys.count("deleted") == 0);
        CHECK(all_keys(table, node).keys.count("there") == 1);
        CHECK(all_keys(table, node).keys.count("over") == 1);
      }
      REQUIRE(table.run(0, put_of("deleted", "again", {.level = Level::all})).outcome ==
              Outcome::ok);
    }
    table.wall = WallMs{table.wall.raw() + 1001};
    CHECK(all_keys(table, 0).keys == std::multiset<std::string>{"deleted", "there"});
  }
}

TEST_CASE("one owner down: the others list; two: too few, and it says so") {
  Table table;
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.stop(1);
  const Ticket ticket = table.ask(0, list_of(10));
  table.deliver_all();
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(ticket).keys == std::vector<std::string>{"k"});
  table.mail.clear();
  table.stop(2);
  const Ticket alone = table.ask(0, list_of(10));
  table.deliver_all();
  for (const std::size_t down : {1U, 2U, 1U}) table.bounce(to(down));
  CHECK(table.now_reply(alone).trouble == Trouble::not_reached);
  CHECK(table.now_reply(alone).detail ==
        "1 of the 2 owners needed listed keys so far, and 2 of 3 cannot be reached");
  const Ticket silent = table.ask(0, list_of(10));
  table.deliver_all();
  table.pass(2'000'000);
  CHECK(table.now_reply(silent).trouble == Trouble::timed_out);
}

TEST_CASE("an owner that catches up lists nothing; with W=1 all have to") {
  Table table({.quorum = {.n = 3, .r = 3, .w = 1}});
  REQUIRE(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(table.run(0, list_of(10)).needed == 3);
  table.boot(1, false, true);
  const Ticket ticket = table.ask(0, list_of(10));
  table.deliver([](const Message& message) { return !is<KnownAs>(message); });
  CHECK(table.now_reply(ticket).trouble == Trouble::not_reached);
}

TEST_CASE("what cannot be is refused: no keys, too many, a long prefix, a level") {
  Table table;
  CHECK(table.run(0, list_of(0)).trouble == Trouble::bad_request);
  CHECK(table.run(0, list_of(kListedKeysMax + 1)).trouble == Trouble::bad_request);
  CHECK(table.run(0, list_of(1, {}, std::string(4097, 'k'))).trouble ==
        Trouble::too_large);
  Request request = list_of(1);
  request.consistency.level = Level::linearizable;
  CHECK(table.run(0, request).trouble == Trouble::bad_request);
}

TEST_CASE("keys of one hash all come, though they are more than a page") {
  Table table({.hash = Hasher{&coarse, 0}});
  std::set<std::string> keys;
  for (std::uint64_t i = 0; i < 50; ++i) {
    keys.insert(key_of(i));
    REQUIRE(table.run(0, put_of(key_of(i), "v")).outcome == Outcome::ok);
  }
  for (const std::uint32_t limit : {1U, 5U, 20U}) {
    const AllKeys all = all_keys(table, 0, limit);
    CHECK(std::set(all.keys.begin(), all.keys.end()) == keys);
    CHECK(all.pages <= 4);
  }
}

TEST_CASE("a page looks at a bounded number of keys, and may be empty") {
  Table table({.nodes = 1, .quorum = {.n = 1, .r = 1, .w = 1}, .page_bytes = 1000});
  for (std::uint64_t i = 0; i < 300; ++i) {
    REQUIRE(table.run(0, put_of(key_of(i), "v")).outcome == Outcome::ok);
    if (i > 2) REQUIRE(table.run(0, erase_of(key_of(i))).outcome == Outcome::ok);
  }
  const AllKeys all = all_keys(table, 0, 1);
  CHECK(all.keys.size() == 3);
  // A tombstone is a round's work: 64 of them, and a page goes out without a key.
  CHECK(all.pages >= 297 / 64);
}

// Against a set of keys that are there all the time, with writes going on and a node down.
TEST_CASE("random: what is there throughout is listed, what never was is not") {
  std::size_t keys_listed = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Policy policy = rng.below(2) == 0 ? Policy::last_write_wins : Policy::siblings;
    const std::size_t w = 2 + rng.below(2);
    const std::size_t nodes = 3 + rng.below(3);
    Table table({.nodes = nodes,
                 .quorum = {.n = 3, .r = 4 - w, .w = w},
                 .policy = policy,
                 .page_bytes = 100 + rng.below(2000)});
    std::set<std::string> steady, ever;
    for (std::uint64_t i = 0; i < 60; ++i) {
      const std::string key = key_of(rng.below(200));
      const Ticket ticket = table.ask(rng.below(nodes), put_of(key, "v"));
      // One owner may miss it.
      if (w == 2 && rng.below(2) == 0) {
        const std::size_t missed = table.owners(key).at(rng.below(3));
        table.deliver([&](const Message& message) {
          return message.to.raw() != missed || !is<Offer>(message);
        });
        if (policy == Policy::last_write_wins) table.drop(to(missed));
      }
      table.deliver_all();
      if (table.reply(ticket) != nullptr && table.reply(ticket)->outcome == Outcome::ok) {
        steady.insert(key);
      }
      ever.insert(key);
    }
    table.forget_replies();
    std::optional<std::size_t> down;
    if (w == 2 && rng.below(2) == 0) down = rng.below(nodes);
    if (down) table.stop(*down);
    std::size_t asker = rng.below(nodes);
    while (asker == down) asker = rng.below(nodes);
    std::set<std::string> listed;
    for (std::optional<KeyHash> from = KeyHash{}; from;) {
      const auto limit = static_cast<std::uint32_t>(1 + rng.below(20));
      const Ticket ticket = table.ask(asker, list_of(limit, *from));
      for (int i = 0; i < 4; ++i) {
        const std::string key = "changing" + std::to_string(rng.below(20));
        const bool is_put = rng.below(2) == 0;
        table.ask(asker, is_put ? put_of(key, "v") : erase_of(key));
        ever.insert(key);
        for (std::uint64_t n = rng.below(20); n > 0 && !table.mail.empty(); --n) {
          std::size_t left = rng.below(table.mail.size());
          table.deliver_one([&](const Message&) { return left-- == 0; });
        }
      }
      for (int i = 0; i < 4; ++i) {
        table.deliver_all();
        table.mail.clear();
        table.pass(200'000);
      }
      table.deliver_all();
      const Reply& reply = table.now_reply(ticket);
      REQUIRE(reply.outcome == Outcome::ok);
      listed.insert(reply.keys.begin(), reply.keys.end());
      from = reply.next;
    }
    keys_listed += listed.size();
    for (const std::string& key : steady) {
      CAPTURE(key);
      REQUIRE(listed.contains(key));
    }
    for (const std::string& key : listed) REQUIRE(ever.contains(key));
  }
  MESSAGE(keys_listed, " keys listed");
  CHECK(keys_listed > 2'000);
}
