#include "v4_replicated_kv/simulation/check_regular.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/simulation/regular.hpp"
#include "tests/simulation/told.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// What is wrong with it; empty if nothing is.
std::string irregularity(const std::vector<ClientOperation>& operations,
                         Policy policy = Policy::last_write_wins) {
  const auto violation = check_regular(history_of(operations), policy);
  return violation ? violation->sentence : "";
}

bool fine(const std::vector<ClientOperation>& operations) {
  return irregularity(operations, Policy::siblings).empty();
}

}  // namespace

TEST_CASE("a put that heard what all hold replaces a put of one copy") {
  const ClientOperation seven = asked_for(Level::one, put(1, 7, 10, 20));
  const ClientOperation nine = asked_for(Level::one, put(4, 9, 40, 60));
  const ClientOperation late = asked_for(Level::all, get(2, {7}, 80, 95));
  CHECK(regular({seven, nine, late}));
  CHECK_FALSE(regular({seven, having_heard(Level::all, nine), late}));
  CHECK(regular({seven, having_heard(Level::quorum, nine), late}));
  const ClientOperation many = asked_for(Level::quorum, seven);
  CHECK_FALSE(regular({many, having_heard(Level::quorum, nine), late}));
  const ClientOperation few = asked_for(Level::quorum, late);
  CHECK(regular({many, having_heard(Level::quorum, nine), few}));
}

TEST_CASE("a retry that was acknowledged is there, and may come back") {
  const ClientOperation three = put(4, 3, 0, 5);
  const ClientOperation seven = tried_twice(put(1, 7, 10, 20));
  CHECK_FALSE(regular({seven, get(2, {0}, 30, 40)}));
  CHECK_FALSE(regular({three, seven, get(2, {3}, 30, 40)}));
  const ClientOperation nine = put(4, 9, 40, 60);
  CHECK(regular({seven, nine, get(2, {7}, 80, 95)}));
  CHECK_FALSE(regular({three, seven, nine, get(2, {3}, 80, 95)}));
  CHECK_FALSE(regular({tried_twice(refused(seven)), get(2, {7}, 80, 95)}));
}

TEST_CASE(
    "a sibling that was tried twice is there, and may be seen beside its successor") {
  const ClientOperation seven = tried_twice(put(1, 7, 10, 20));
  const ClientOperation nine = covering({7}, put(4, 9, 40, 60));
  CHECK_FALSE(fine({seven, get(2, {}, 30, 35)}));
  CHECK(fine({seven, nine, get(2, {9}, 80, 95)}));
  CHECK(fine({seven, nine, get(2, {7, 9}, 80, 95)}));
  CHECK_FALSE(fine({seven, nine, get(2, {7}, 80, 95)}));
  const ClientOperation three = put(1, 3, 0, 5);
  const ClientOperation over = tried_twice(covering({3}, put(1, 7, 10, 20)));
  CHECK_FALSE(fine({three, over, nine, get(2, {3, 9}, 80, 95)}));
}

TEST_CASE(
    "a read that begins after a put was acknowledged sees that put or a newer one") {
  const ClientOperation seven = put(1, 7, 10, 20);
  const ClientOperation nine = put(4, 9, 40, 60);
  CHECK(regular({seven, nine, get(2, {9}, 80, 95)}));
  CHECK(irregularity({seven, nine, get(2, {7}, 80, 95)}) ==
        "get of c2 at t=0.08..0.095 saw 7 (put of c1 at t=0.01..0.02), though 9 (put of "
        "c4 at t=0.04..0.06) is newer and was acknowledged before");
  CHECK(irregularity({seven, get(2, {0}, 80, 95)}) ==
        "get of c2 at t=0.08..0.095 saw nothing, though 7 (put of c1 at t=0.01..0.02) is "
        "newer and was acknowledged before");
  SUBCASE("but may see the old one until then") {
    CHECK(regular({seven, nine, get(2, {7}, 60, 95)}));
    CHECK_FALSE(regular({seven, nine, get(2, {7}, 61, 95)}));
  }
  SUBCASE("and the new one as soon as it begins") {
    CHECK(regular({seven, nine, get(2, {9}, 30, 40)}));
    CHECK_FALSE(regular({seven, nine, get(2, {9}, 30, 39)}));
  }
  SUBCASE("and either of two that were concurrent, in any order") {
    const ClientOperation other = put(5, 10, 20, 30);
    CHECK(regular(
        {seven, other, get(2, {7}, 40, 50), get(2, {10}, 60, 70), get(2, {7}, 80, 90)}));
    CHECK_FALSE(regular({seven, put(5, 10, 21, 30), get(2, {7}, 40, 50)}));
  }
}

TEST_CASE("a put of unknown outcome may be seen late, and unseen again") {
  const ClientOperation seven = put(1, 7, 0, 10);
  const ClientOperation open = unknown(put(2, 9, 20, 30));
  CHECK(regular(
      {seven, open, get(3, {7}, 40, 50), get(3, {9}, 60, 70), get(3, {7}, 80, 90)}));
  SUBCASE("even after a later put, as it may have come after that") {
    CHECK(regular({seven, open, put(1, 10, 40, 50), get(3, {9}, 60, 70)}));
  }
  SUBCASE("but does not excuse a value that was replaced before") {
    CHECK_FALSE(regular({seven, open, put(1, 10, 40, 50), get(3, {7}, 60, 70)}));
  }
}

TEST_CASE("what was refused, never written, or begun later is wrong at any level") {
  for (const Level level : {Level::one, Level::quorum, Level::all, Level::linearizable}) {
    CAPTURE(static_cast<int>(level));
    const auto read = [&](std::uint64_t id) {
      return asked_for(level, get(2, {id}, 5, 6));
    };
    CHECK_FALSE(regular({refused(put(1, 7, 0, 3)), read(7)}));
    CHECK_FALSE(regular({put(1, 7, 0, 3), read(8)}));
    CHECK_FALSE(regular({put(1, 7, 7, 9), read(7)}));
    CHECK(regular({put(1, 7, 6, 9), read(7)}));
  }
}

TEST_CASE("levels promise something where they meet") {
  const auto stale = [](Level first, Level second, Level read) {
    return !regular({asked_for(first, put(1, 7, 0, 10)),
                     asked_for(second, put(1, 9, 20, 30)),
                     asked_for(read, get(2, {7}, 40, 50))});
  };
  constexpr Level one = Level::one, quorum = Level::quorum, all = Level::all;
  CHECK(stale(quorum, quorum, quorum));
  CHECK(stale(quorum, quorum, Level::linearizable));
  CHECK(stale(quorum, quorum, all));
  CHECK_FALSE(stale(quorum, quorum, one));
  CHECK(stale(all, all, one));
  CHECK(stale(one, all, one));
  CHECK(stale(quorum, all, one));
  CHECK_FALSE(stale(one, one, all));  // the second put did not know of the first
  CHECK_FALSE(stale(one, quorum, all));
  CHECK(stale(all, one, all));
  CHECK_FALSE(stale(all, one, quorum));  // the read did not know of the second
  // That something was written at all is known by whoever meets it.
  CHECK_FALSE(
      regular({asked_for(one, put(1, 7, 0, 10)), asked_for(all, get(2, {0}, 40, 50))}));
  CHECK(regular(
      {asked_for(one, put(1, 7, 0, 10)), asked_for(quorum, get(2, {0}, 40, 50))}));
}

TEST_CASE("nothing is seen before the first write, or because of a delete") {
  const ClientOperation seven = put(1, 7, 0, 10);
  const ClientOperation deleted = remove(1, 8, 20, 30);
  CHECK(regular({get(2, {}, 0, 0)}));
  CHECK(regular({seven, get(2, {}, 10, 15)}));
  CHECK_FALSE(regular({seven, get(2, {}, 11, 15)}));
  CHECK(regular({seven, deleted, get(2, {}, 40, 50), get(2, {8}, 60, 70)}));
  CHECK(regular({seven, unknown(deleted), get(2, {}, 40, 50)}));
  CHECK_FALSE(regular({seven, refused(deleted), get(2, {}, 40, 50)}));
  CHECK_FALSE(regular({seven, get(2, {}, 15, 19), deleted}));
  CHECK_FALSE(regular({seven, deleted, get(2, {7}, 40, 50)}));
  CHECK_FALSE(regular({seven, deleted, get(2, {0}, 40, 50)}));
  CHECK_FALSE(regular({seven, deleted, put(1, 9, 40, 50), get(2, {8}, 60, 70)}));
  CHECK_FALSE(regular({seven, deleted, put(1, 9, 40, 50), get(2, {}, 60, 70)}));
}

TEST_CASE("a get of siblings misses nothing that was acknowledged and not replaced") {
  const ClientOperation seven = put(1, 7, 0, 10);
  const ClientOperation nine = put(2, 9, 0, 10);
  const ClientOperation merged = covering({7, 9}, put(3, 10, 40, 50));
  CHECK(fine({seven, nine, get(3, {7, 9}, 20, 30), merged, get(3, {10}, 60, 70)}));
  CHECK(irregularity({seven, nine, get(3, {9}, 20, 30)}, Policy::siblings) ==
        "get of c3 at t=0.02..0.03 saw 9; 7 (put of c1 at t=0..0.01) is missing, though "
        "it was acknowledged before and nothing replaced it");
  CHECK(irregularity({seven, get(3, {}, 20, 30)}, Policy::siblings) ==
        "get of c3 at t=0.02..0.03 saw nothing; 7 (put of c1 at t=0..0.01) is missing, "
        "though it was acknowledged before and nothing replaced it");
  CHECK(fine({seven, get(3, {}, 10, 30)}));
  CHECK(fine({seven, get(3, {}, 20, 30), covering({7}, remove(4, 8, 30, 40))}));
  CHECK_FALSE(fine({seven, get(3, {}, 20, 30), covering({7}, remove(4, 8, 31, 40))}));
  SUBCASE("nor anything that was replaced") {
    CHECK(
        irregularity({seven, nine, merged, get(4, {7, 10}, 60, 70)}, Policy::siblings) ==
        "get of c4 at t=0.06..0.07 saw 7 (put of c1 at t=0..0.01), though its "
        "successor, 10 (put of c3 at t=0.04..0.05), had taken effect");
    CHECK_FALSE(fine({seven, nine, merged, get(4, {7, 9}, 60, 70)}));
    CHECK(fine({seven, nine, unknown(merged), get(4, {7, 9}, 60, 70)}));
    CHECK_FALSE(fine({seven, nine, unknown(merged), get(4, {7, 10}, 60, 70)}));
    CHECK(fine({seven, nine, merged, get(4, {7, 9}, 50, 70)}));
  }
  SUBCASE("and no value twice, no delete, none that is impossible") {
    CHECK_FALSE(fine({seven, get(3, {7, 7}, 20, 30)}));
    CHECK_FALSE(fine({remove(1, 8, 0, 10), get(3, {8}, 20, 30)}));
    CHECK_FALSE(fine({seven, get(3, {7, 11}, 20, 30)}));
    CHECK_FALSE(fine({seven, refused(nine), get(3, {7, 9}, 20, 30)}));
    CHECK_FALSE(fine({get(3, {7}, 20, 30), put(1, 7, 31, 40)}));
  }
  SUBCASE("at levels that meet") {
    CHECK(fine({seven, asked_for(Level::one, get(3, {}, 20, 30))}));
    CHECK(fine({asked_for(Level::one, seven), get(3, {}, 20, 30)}));
    CHECK(fine({seven, nine, asked_for(Level::one, merged), get(4, {7, 9}, 60, 70)}));
  }
}
