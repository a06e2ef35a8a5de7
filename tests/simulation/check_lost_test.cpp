#include "v4_replicated_kv/simulation/check_lost.hpp"

#include <initializer_list>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/simulation/told.hpp"

using namespace kv;
using namespace kv::test;

namespace {

std::string sentence(const std::vector<ClientOperation>& operations,
                     std::initializer_list<std::uint64_t> at_the_end,
                     Policy policy = Policy::last_write_wins) {
  const FinalState end{.key = KeyNumber{3}, .values = ids(at_the_end)};
  const auto violation = check_lost(history_of(operations), {&end, 1}, policy);
  return violation ? violation->sentence : "";
}

bool kept(const std::vector<ClientOperation>& operations,
          std::initializer_list<std::uint64_t> at_the_end) {
  return sentence(operations, at_the_end).empty();
}

bool siblings_kept(const std::vector<ClientOperation>& operations,
                   std::initializer_list<std::uint64_t> at_the_end) {
  return sentence(operations, at_the_end, Policy::siblings).empty();
}

}  // namespace

TEST_CASE("a register ends with a write that can have been the last") {
  const ClientOperation seven = put(1, 7, 10, 20);
  const ClientOperation nine = put(4, 9, 40, 60);
  CHECK(kept({seven, nine}, {9}));
  CHECK(sentence({seven, nine}, {7}) ==
        "at the end it holds 7 (put of c1 at t=0.01..0.02), though 9 (put of c4 at "
        "t=0.04..0.06) is newer and was acknowledged before");
  CHECK(sentence({seven, nine}, {}) ==
        "at the end it holds nothing, though 9 (put of c4 at t=0.04..0.06) was "
        "acknowledged before, and no delete explains it");
  CHECK_FALSE(kept({seven}, {0}));
  CHECK(kept({}, {}));
  CHECK(kept({}, {0}));
  CHECK(sentence({seven, nine}, {7, 9}) ==
        "at the end it holds 2 values, though a register has one");
  SUBCASE("of concurrent ones any") {
    const ClientOperation other = put(5, 10, 60, 70);
    CHECK(kept({seven, nine, other}, {9}));
    CHECK(kept({seven, nine, other}, {10}));
    CHECK_FALSE(kept({seven, nine, other}, {7}));
  }
  SUBCASE("of unknown ones any, but they need not have happened") {
    const ClientOperation open = unknown(put(5, 10, 25, 30));
    CHECK(kept({seven, open}, {7}));
    CHECK(kept({seven, open}, {10}));
    CHECK(kept({seven, open, nine}, {10}));
    CHECK(kept({open}, {}));
    CHECK_FALSE(kept({seven, open, nine}, {7}));
  }
  SUBCASE("of refused ones none, and nothing that nobody wrote") {
    CHECK_FALSE(kept({seven, refused(nine)}, {9}));
    CHECK(kept({seven, refused(nine)}, {7}));
    CHECK_FALSE(kept({seven}, {8}));
    CHECK(kept({refused(nine)}, {}));
  }
  SUBCASE("and deletes are writes") {
    const ClientOperation deleted = remove(1, 8, 70, 80);
    CHECK(kept({seven, nine, deleted}, {8}));
    CHECK(kept({seven, nine, deleted}, {}));
    CHECK_FALSE(kept({seven, nine, deleted}, {9}));
    CHECK_FALSE(kept({seven, remove(1, 8, 30, 35), nine}, {}));
    CHECK(kept({seven, remove(1, 8, 30, 40), nine}, {}));
    CHECK_FALSE(kept({seven, nine, refused(deleted)}, {}));
  }
}

TEST_CASE("a write of level one keeps its place among writes that meet it only") {
  const auto lost = [](Level first, Level second) {
    return !kept(
        {asked_for(first, put(1, 7, 0, 10)), asked_for(second, put(1, 9, 20, 30))}, {7});
  };
  CHECK(lost(Level::quorum, Level::quorum));
  CHECK(lost(Level::all, Level::one));
  CHECK(lost(Level::one, Level::all));
  CHECK_FALSE(lost(Level::one, Level::one));
  CHECK_FALSE(lost(Level::one, Level::quorum));
  // But one of the two is there.
  CHECK_FALSE(kept({asked_for(Level::one, put(1, 7, 0, 10))}, {}));
}

TEST_CASE("a key that nobody speaks of at the end is gone") {
  const ClientHistory history = history_of({put(1, 7, 0, 10)});
  const auto violation = check_lost(history, {});
  REQUIRE(violation);
  CHECK(violation->key == KeyNumber{3});
  const FinalState unheard_of{.key = KeyNumber{4}, .values = ids({7})};
  CHECK(check_lost(history_of({}), {&unheard_of, 1})->sentence ==
        "at the end it holds a value that nobody put there");
  const FinalState empty{.key = KeyNumber{4}, .values = {}};
  CHECK_FALSE(check_lost(history_of({}), {&empty, 1}));
}

TEST_CASE("a sibling is there at the end, or was replaced by who had seen it") {
  const ClientOperation seven = put(1, 7, 0, 10);
  const ClientOperation nine = put(2, 9, 0, 10);
  CHECK(siblings_kept({seven, nine}, {7, 9}));
  CHECK(sentence({seven, nine}, {9}, Policy::siblings) ==
        "at the end it holds 9; 7 (put of c1 at t=0..0.01) is missing, though it was "
        "acknowledged before and nothing replaced it");
  CHECK(sentence({seven, nine, put(1, 10, 20, 30)}, {9, 10}, Policy::siblings) ==
        "at the end it holds 9, 10; 7 (put of c1 at t=0..0.01) is missing, though it was "
        "acknowledged before and nothing replaced it");
  SUBCASE("the lost update: the second put had not seen the first") {
    const ClientOperation third = covering({7}, put(1, 10, 20, 30));
    const ClientOperation fourth = covering({7}, put(2, 11, 40, 50));
    CHECK(siblings_kept({seven, third, fourth}, {10, 11}));
    CHECK_FALSE(siblings_kept({seven, third, fourth}, {11}));
  }
  SUBCASE("by a put that took effect: acknowledged, there, or replaced itself") {
    const ClientOperation merged = covering({7, 9}, put(3, 10, 20, 30));
    CHECK(siblings_kept({seven, nine, merged}, {10}));
    CHECK(siblings_kept({seven, nine, unknown(merged)}, {10}));
    CHECK(siblings_kept({seven, nine, unknown(merged)}, {7, 9}));
    CHECK_FALSE(siblings_kept({seven, nine, unknown(merged)}, {}));
    CHECK_FALSE(siblings_kept({seven, nine, unknown(merged)}, {9}));
    CHECK_FALSE(siblings_kept({seven, nine, refused(merged)}, {}));
    CHECK_FALSE(siblings_kept({seven, nine, refused(merged)}, {10}));
    const ClientOperation later = covering({10}, put(3, 11, 40, 50));
    CHECK(siblings_kept({seven, nine, unknown(merged), later}, {11}));
    CHECK_FALSE(siblings_kept({seven, nine, unknown(merged), later}, {7, 11}));
  }
  SUBCASE("by a delete, of which nothing is left, and which may have happened") {
    const ClientOperation deleted = covering({7}, remove(1, 8, 20, 30));
    CHECK(siblings_kept({seven, nine, deleted}, {9}));
    CHECK_FALSE(siblings_kept({seven, nine, deleted}, {}));
    CHECK(sentence({seven, nine, deleted}, {7, 9}, Policy::siblings) ==
          "at the end it holds 7 (put of c1 at t=0..0.01), though its successor, the "
          "delete of c1 at t=0.02..0.03, had taken effect");
    CHECK(siblings_kept({seven, nine, unknown(deleted)}, {9}));
    CHECK(siblings_kept({seven, nine, unknown(deleted)}, {7, 9}));
    CHECK_FALSE(siblings_kept({seven, nine, refused(deleted)}, {9}));
  }
  SUBCASE("by who came without a context, and may have found it") {
    const auto reading = [](std::uint64_t by, ClientOperation operation) {
      operation.read_by = Tick{by};
      return operation;
    };
    const ClientOperation blind = reading(50, unknown(put(3, 10, 5, 60)));
    const ClientOperation during = put(4, 11, 50, 55), after = put(4, 12, 57, 58);
    CHECK(siblings_kept({seven, nine, blind, during}, {10}));
    CHECK(siblings_kept({seven, nine, blind, during}, {7, 10}));
    CHECK_FALSE(siblings_kept({seven, nine, blind, during, after}, {10}));
    CHECK_FALSE(siblings_kept({seven, nine, blind, during}, {7, 9}));
    const ClientOperation erased = reading(50, unknown(remove(3, 10, 5, 60)));
    CHECK(siblings_kept({seven, nine, erased, during}, {}));
    CHECK_FALSE(siblings_kept({seven, nine, erased, during, after}, {}));
    // What was acknowledged before it began, it has surely replaced.
    const ClientOperation late = reading(50, covering({7}, put(3, 10, 20, 60)));
    CHECK_FALSE(siblings_kept({seven, nine, late}, {7, 9, 10}));
    CHECK(siblings_kept({seven, nine, late}, {9, 10}));
  }
  SUBCASE("by one that began before it, and read after it was over") {
    const ClientOperation first = covering({7, 9}, put(3, 10, 0, 60));
    CHECK(siblings_kept({first, put(1, 7, 5, 10), put(2, 9, 5, 10)}, {10}));
    CHECK_FALSE(siblings_kept({first, put(1, 7, 5, 10), put(2, 9, 5, 10)}, {7, 10}));
  }
  SUBCASE("and a context names only what was before it") {
    CHECK_FALSE(siblings_kept(
        {seven, covering({7, 9}, put(3, 10, 5, 9)), put(4, 12, 20, 30)}, {10}));
    CHECK_FALSE(siblings_kept({covering({9}, put(1, 7, 0, 10)), put(2, 9, 20, 30)}, {7}));
    CHECK(siblings_kept({covering({99}, put(1, 7, 0, 10))}, {7}));
  }
}
