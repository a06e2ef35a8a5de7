#include "v4_replicated_kv/simulation/check_linearizable.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/simulation/regular.hpp"
#include "tests/simulation/told.hpp"

using namespace kv;
using namespace kv::test;

namespace {

std::string sentence(const std::vector<ClientOperation>& operations) {
  const auto violation = check_linearizable(history_of(operations));
  return violation ? violation->sentence : "";
}

bool linearizable(const std::vector<ClientOperation>& operations) {
  return sentence(operations).empty();
}

}  // namespace

TEST_CASE("one client after the other is linearizable") {
  CHECK(linearizable({}));
  CHECK(linearizable({get(1, {0}, 0, 5), put(1, 7, 10, 20), get(2, {7}, 30, 40),
                      put(2, 9, 50, 60), get(1, {9}, 70, 80), get(2, {9}, 70, 80)}));
}

TEST_CASE("a new value and then the old one is regular, but not linearizable") {
  const std::vector<ClientOperation> inversion{put(1, 7, 0, 10), put(1, 9, 20, 100),
                                               get(2, {9}, 30, 40), get(3, {7}, 50, 60)};
  CHECK(regular(inversion));
  CHECK(sentence(inversion) ==
        "no order explains that 7 was there from t=0.01 (put of c1 at t=0..0.01) to "
        "t=0.05 (get of c3 at t=0.05..0.06), and that 9 was there at some time from "
        "t=0.03 (get of c2 at t=0.03..0.04) to t=0.04 (get of c2 at t=0.03..0.04)");
  SUBCASE("while reads that overlap may see them so") {
    CHECK(linearizable({put(1, 7, 0, 10), put(1, 9, 20, 100), get(2, {9}, 30, 50),
                        get(3, {7}, 50, 60)}));
  }
}

TEST_CASE("two values cannot be there at the same time") {
  const std::vector<ClientOperation> both{put(1, 7, 0, 10), put(2, 9, 0, 10),
                                          get(1, {7}, 20, 30), get(2, {9}, 40, 50),
                                          get(1, {7}, 60, 70)};
  CHECK(regular(both));
  CHECK(sentence(both) ==
        "no order explains that 7 was there from t=0.01 (put of c1 at t=0..0.01) to "
        "t=0.06 (get of c1 at t=0.06..0.07), and that 9 was there from t=0.01 (put of c2 "
        "at t=0..0.01) to t=0.04 (get of c2 at t=0.04..0.05)");
}

TEST_CASE("a put that was asked for twice may be there twice, and the others only once") {
  std::vector<ClientOperation> twice{put(1, 9, 0, 10), put(2, 8, 0, 10),
                                     get(1, {9}, 20, 30), get(2, {8}, 40, 50),
                                     get(1, {9}, 60, 70)};
  CHECK_FALSE(linearizable(twice));
  twice[0].may_return = true;
  CHECK(linearizable(twice));
  twice.push_back(get(2, {8}, 80, 90));  // between two gets of 8 there is nothing else
  twice.push_back(put(3, 7, 52, 55));
  twice.push_back(get(3, {7}, 56, 58));
  CHECK_FALSE(linearizable(twice));
}

TEST_CASE("a put that nobody sees still ends the value before") {
  CHECK_FALSE(linearizable({put(1, 7, 0, 10), put(2, 9, 20, 30), get(1, {7}, 40, 50)}));
  CHECK(linearizable({put(1, 7, 0, 10), put(2, 9, 20, 40), get(1, {7}, 40, 50)}));
  CHECK(linearizable({put(1, 7, 0, 20), put(2, 9, 20, 30), get(1, {7}, 40, 50)}));
}

TEST_CASE("nobody reads the future, a refused value, or one of another key") {
  CHECK(sentence({get(2, {7}, 0, 5), put(1, 7, 6, 10)}) ==
        "get of c2 at t=0..0.005 saw 7 (put of c1 at t=0.006..0.01), which began only "
        "later");
  CHECK(linearizable({get(2, {7}, 0, 6), put(1, 7, 6, 10)}));
  CHECK(sentence({refused(put(1, 7, 0, 5)), get(2, {7}, 8, 9)}) ==
        "get of c2 at t=0.008..0.009 saw 7 (put of c1 at t=0..0.005), which was refused");
  CHECK(sentence({on_key(4, put(1, 7, 0, 5)), get(2, {7}, 8, 9)}) ==
        "get of c2 at t=0.008..0.009 saw a value that nobody put there");
  CHECK(sentence({put(1, 7, 0, 5), put(2, 8, 0, 5), get(2, {7, 8}, 8, 9)}) ==
        "get of c2 at t=0.008..0.009 saw 2 values, though a register has one");
}

TEST_CASE("a put of unknown outcome happens late, or never, but not in between") {
  const ClientOperation old = put(1, 7, 0, 10);
  const ClientOperation open = unknown(put(2, 9, 20, 30));
  CHECK(linearizable({old, open, get(3, {7}, 900, 901)}));
  CHECK(linearizable({old, open, get(3, {7}, 40, 50), get(3, {9}, 60, 70)}));
  CHECK(linearizable({old, unanswered(open), get(3, {7}, 40, 50), get(3, {9}, 60, 70)}));
  CHECK(sentence({old, open, get(3, {9}, 40, 50), get(3, {7}, 60, 70)}) ==
        "no order explains that 7 was there from t=0.01 (put of c1 at t=0..0.01) to "
        "t=0.06 (get of c3 at t=0.06..0.07), and that 9 was there at some time from "
        "t=0.04 (get of c3 at t=0.04..0.05) to t=0.05 (get of c3 at t=0.04..0.05)");
  CHECK_FALSE(linearizable({old, get(3, {9}, 15, 19), open}));
  CHECK(linearizable({old, unknown(get(2, {}, 20, 30)), get(3, {7}, 40, 50)}));
}

TEST_CASE("a tombstone is a value like any other where the read can name it") {
  const ClientOperation seven = put(1, 7, 0, 10);
  const ClientOperation deleted = remove(1, 8, 20, 30);
  CHECK(linearizable({get(2, {0}, 0, 5), seven, deleted, get(2, {8}, 40, 50)}));
  CHECK_FALSE(linearizable({seven, deleted, get(2, {7}, 40, 50)}));
  CHECK_FALSE(linearizable({seven, deleted, get(2, {0}, 40, 50)}));
  CHECK(sentence({seven, get(2, {0}, 40, 50)}) ==
        "no order explains that nothing was written until t=0.04 (get of c2 at "
        "t=0.04..0.05), and that 7 was there at some time from t=0 (put of c1 at "
        "t=0..0.01) to t=0.01 (put of c1 at t=0..0.01)");
  // Deleted, written, and then the first tombstone comes back.
  CHECK_FALSE(linearizable(
      {seven, deleted, put(1, 9, 40, 50), remove(1, 10, 60, 100), get(2, {8}, 70, 80)}));
}

TEST_CASE("nothing is explained by any delete where the read cannot name it") {
  const ClientOperation seven = put(1, 7, 0, 10);
  CHECK(linearizable({get(2, {}, 0, 5), seven}));
  CHECK_FALSE(linearizable({seven, get(2, {}, 20, 30)}));
  CHECK(linearizable({seven, remove(1, 8, 20, 30), get(2, {}, 40, 50)}));
  CHECK(linearizable({seven, unknown(remove(1, 8, 20, 30)), get(2, {}, 40, 50)}));
  CHECK_FALSE(linearizable({seven, refused(remove(1, 8, 20, 30)), get(2, {}, 40, 50)}));
  CHECK(sentence({seven, remove(1, 8, 20, 30), put(1, 9, 40, 50), get(2, {}, 60, 70)}) ==
        "get of c2 at t=0.06..0.07 saw nothing, though 9 (put of c1 at t=0.04..0.05) was "
        "acknowledged before, and no delete explains it");
  // No delete, no doubt: this is the start, and it came after value 7.
  const ClientOperation late_seven = put(1, 7, 0, 100);
  const ClientOperation refusal = refused(remove(2, 8, 0, 5));
  CHECK_FALSE(linearizable({late_seven, get(3, {7}, 10, 20), get(3, {}, 30, 40)}));
  CHECK_FALSE(
      linearizable({late_seven, refusal, get(3, {7}, 10, 20), get(3, {}, 30, 40)}));
  // The delete is under way all the time, but value 7 is seen before and after.
  CHECK(
      sentence({seven, remove(1, 8, 20, 100), get(2, {7}, 30, 40), get(3, {}, 50, 60),
                get(2, {7}, 70, 80)}) ==
      "no order explains that 7 was there from t=0.01 (put of c1 at t=0..0.01) to t=0.07 "
      "(get of c2 at t=0.07..0.08), and that get of c3 at t=0.05..0.06 saw nothing");
}

TEST_CASE("keys are judged one by one, and only where the promise was made") {
  const std::vector<ClientOperation> stale{put(1, 7, 0, 10), put(1, 9, 20, 30),
                                           get(2, {7}, 40, 50)};
  CHECK_FALSE(linearizable(stale));
  std::vector<ClientOperation> other_key = stale;
  other_key[1].key = KeyNumber{4};
  CHECK(linearizable(other_key));
  std::vector<ClientOperation> quorum_read = stale;
  quorum_read[2].level = Level::quorum;
  CHECK(linearizable(quorum_read));
  CHECK_FALSE(check_linearizable(history_of(quorum_read)).has_value());
  CHECK(check_linearizable(as_if_asked(history_of(quorum_read), Level::linearizable)));
  std::vector<ClientOperation> quorum_writes = stale;
  quorum_writes[0].level = quorum_writes[1].level = Level::quorum;
  CHECK_FALSE(linearizable(quorum_writes));
  std::vector<ClientOperation> weak_write = stale;
  weak_write[1].level = Level::one;
  CHECK(linearizable(weak_write));
  std::vector<ClientOperation> refused_weak_write = stale;
  refused_weak_write.push_back(asked_for(Level::one, refused(put(3, 10, 0, 5))));
  CHECK_FALSE(linearizable(refused_weak_write));
  std::vector<ClientOperation> second_key{on_key(4, put(3, 11, 0, 5)),
                                          on_key(4, get(3, {11}, 8, 9))};
  second_key.insert(second_key.end(), stale.begin(), stale.end());
  CHECK(check_linearizable(history_of(second_key))->key == KeyNumber{3});
}
