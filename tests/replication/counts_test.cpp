// What a node counts as keys, and what as tombstones, without reading a value.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/siblings.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

struct Counts {
  std::size_t keys;
  std::size_t tombstones;
};

// The same at every node of the table.
void check_counts(Table& table, const Counts& expected) {
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    const Index& index = table.engine(i).index();
    CHECK(index.keys() == expected.keys);
    CHECK(index.tombstones() == expected.tombstones);
  }
}

Request with_id(Request request, std::uint64_t id) {
  request.id = RequestId{id};
  request.consistency = kAll;
  return request;
}

}  // namespace

TEST_CASE("a deleted key is a tombstone to who counts, whatever its state remembers") {
  Table table;
  REQUIRE(table.run(0, with_id(put_of("a", "v"), 1)).outcome == Outcome::ok);
  REQUIRE(table.run(0, put_of("b", "v", kAll)).outcome == Outcome::ok);
  check_counts(table, {.keys = 2, .tombstones = 0});
  REQUIRE(table.run(0, with_id(erase_of("a"), 2)).outcome == Outcome::ok);
  check_counts(table, {.keys = 1, .tombstones = 1});
  REQUIRE(table.run(0, erase_of("b", kAll)).outcome == Outcome::ok);
  check_counts(table, {.keys = 0, .tombstones = 2});
  REQUIRE(table.run(0, with_id(put_of("a", "again"), 3)).outcome == Outcome::ok);
  check_counts(table, {.keys = 1, .tombstones = 1});
  // What is deleted is still known, and a read finds nothing of it.
  CHECK(table.values(table.run(0, get_of("b", kAll))).empty());
  CHECK(table.held(0, "b").versions.size() == 1);
}

TEST_CASE("siblings that were all deleted are a tombstone to who counts") {
  Table table(siblings());
  Request put = first_put(table, "apples");
  put.consistency = kAll;
  const Reply stored = table.run(0, put);
  REQUIRE(stored.outcome == Outcome::ok);
  check_counts(table, {.keys = 1, .tombstones = 0});
  Request erase = erase_of("cart", kAll);
  erase.context = stored.context;
  REQUIRE(table.run(0, erase).outcome == Outcome::ok);
  CHECK(read_cart(table, 0).empty());
  check_counts(table, {.keys = 0, .tombstones = 1});
}

TEST_CASE("a value whose time is over is a key to who counts, until it is written over") {
  Table table;
  Request put = put_of("k", "v", kAll);
  put.ttl_ms = 1'000;
  REQUIRE(table.run(0, put).outcome == Outcome::ok);
  table.wall = WallMs{table.wall.raw() + 5'000};
  CHECK(table.values(table.run(0, get_of("k", kAll))).empty());
  check_counts(table, {.keys = 1, .tombstones = 0});
  REQUIRE(table.run(0, erase_of("k", kAll)).outcome == Outcome::ok);
  check_counts(table, {.keys = 0, .tombstones = 1});
}
