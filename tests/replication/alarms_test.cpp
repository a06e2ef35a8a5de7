// Alarms, and a sorted list of them.
#include "v4_replicated_kv/replication/alarms.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;

TEST_CASE("random: alarms come soonest first, as from a list that is sorted each time") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Alarms alarms;
    std::vector<Alarm> sorted;
    std::uint64_t now = 0;
    for (std::uint64_t i = 0; i < 500; ++i) {
      if (rng.below(3) > 0) {
        now += rng.below(3);
        const std::uint64_t wait = rng.below(8) == 0 ? rng.below(50) : 20;
        const Alarm alarm{.at = Tick{now + wait}, .operation = OperationId{rng.below(9)}};
        alarms.add(alarm);
        sorted.insert(std::ranges::upper_bound(sorted, alarm), alarm);
      } else if (!sorted.empty()) {
        REQUIRE(alarms.first() == sorted.front());
        REQUIRE(alarms.take_first() == sorted.front());
        sorted.erase(sorted.begin());
      }
      REQUIRE(alarms.empty() == sorted.empty());
    }
  }
}
