// The same claims about two stores that are wrong and the one that is meant to be right.
// No time is measured: a gate at the disk's syncs says what happens during one.
#include <cstdint>

#include <doctest/doctest.h>

#include "tests/storage/wrong_store/claims.hpp"
#include "tests/storage/wrong_store/late_mark.hpp"
#include "tests/storage/wrong_store/one_lock.hpp"

using namespace kv;
using namespace kv::claims;

TEST_CASE("a lock that is held during a sync makes readers wait: ours does not") {
  CHECK_FALSE(reads_go_on_during_a_sync<wrong::OneLock>());
  CHECK(reads_go_on_during_a_sync<OurStore>());
}

TEST_CASE("twelve puts that come during a sync: one lock costs twelve more, ours one") {
  CHECK(syncs_for_puts_that_come_during_one<wrong::OneLock>(12) == 12);
  CHECK(syncs_for_puts_that_come_during_one<OurStore>(12) == 1);
}

TEST_CASE(
    "a sync that was running already does not cover a later write: the wrong store "
    "loses it, ours does not") {
  CHECK_FALSE(a_put_that_came_during_a_sync_survives<wrong::LateMark>());
  CHECK(a_put_that_came_during_a_sync_survives<OurStore>());
}

TEST_CASE("eight threads that put and look find all of it, in the wrong stores as well") {
  CHECK(eight_threads_find_what_they_put<wrong::OneLock>());
  CHECK(eight_threads_find_what_they_put<wrong::LateMark>());
  CHECK(eight_threads_find_what_they_put<OurStore>());
}

TEST_CASE("each wrong store is right in what the other is wrong in") {
  CHECK(a_put_that_came_during_a_sync_survives<wrong::OneLock>());
  // No further sync at all: that is suspicious, and the test above says why.
  CHECK(syncs_for_puts_that_come_during_one<wrong::LateMark>(12) == 0);
}
