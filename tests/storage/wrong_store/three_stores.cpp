// Two stores for threads that are wrong, and ours, held to the same claims: the screen
// that the lesson on threads opens with. It is the same in every run.
#include <fmt/format.h>

#include "tests/storage/wrong_store/claims.hpp"
#include "tests/storage/wrong_store/late_mark.hpp"
#include "tests/storage/wrong_store/one_lock.hpp"

namespace {

using namespace kv;
using namespace kv::claims;

template <class Make>
const char* reads() {
  return reads_go_on_during_a_sync<Make>() ? "is answered" : "waits";
}

template <class Make>
const char* late_put() {
  return a_put_that_came_during_a_sync_survives<Make>() ? "is there" : "IS GONE";
}

void row(const char* what, const auto& one_lock, const auto& late_mark,
         const auto& ours) {
  fmt::print("  {:<38}{:>12}{:>14}{:>14}\n", what, one_lock, late_mark, ours);
}

}  // namespace

int main() {
  constexpr int kPuts = 12;
  using wrong::LateMark;
  using wrong::OneLock;
  fmt::print("WHILE A SYNC IS RUNNING\n");
  row("", "OneLock", "LateMark", "our Store");
  row("a read of a key in memory", reads<OneLock>(), reads<LateMark>(),
      reads<OurStore>());
  row("12 puts come: how many more syncs?",
      syncs_for_puts_that_come_during_one<OneLock>(kPuts),
      syncs_for_puts_that_come_during_one<LateMark>(kPuts),
      syncs_for_puts_that_come_during_one<OurStore>(kPuts));
  row("a put comes, is acknowledged; power cut", late_put<OneLock>(),
      late_put<LateMark>(), late_put<OurStore>());
}
