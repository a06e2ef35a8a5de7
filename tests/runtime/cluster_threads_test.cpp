// Many clients while nodes are killed and come back: what was acknowledged is there, and no
// read sees less than what was acknowledged before it began.
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/runtime/clusters.hpp"
#include "v4_replicated_kv/scenes/traffic.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

TrafficPlan until_it_ends() {
  return {.writers = 4,
          .readers = 4,
          .keys_each = 5,
          .writes_each = std::numeric_limits<std::uint64_t>::max(),
          .nodes = {""},  // an owner that is up
          .timeout = 2s};
}

void wait_for_more(Traffic& traffic, std::uint64_t acknowledged) {
  const std::uint64_t wanted = traffic.count().acknowledged + acknowledged;
  REQUIRE(traffic.wait_for(wanted, std::chrono::steady_clock::now() + kPatience));
}

void play(std::size_t loops) {
  const TemporaryDirectory directory;
  ClusterOptions options = quick_options();
  options.loops = loops;
  options.segment_bytes = std::uint64_t{64} << 10;
  const auto cluster = open_in(directory.path() + "/c", options);
  Traffic traffic(*cluster, until_it_ends());
  Rng rng(7);
  for (int round = 0; round < 9; ++round) {
    const std::string node = "n" + std::to_string(1 + rng.below(3));
    REQUIRE((round % 3 == 2 ? cluster->stop(node) : cluster->kill(node)).has_value());
    wait_for_more(traffic, 50);  // so that something happens without it,
    start_and_wait(*cluster, node);
    wait_for_more(traffic, 50);  // and then with it
  }
  traffic.end();
  CHECK(traffic.count_lost() == 0);
  const TrafficCount count = traffic.count();
  CHECK(count.outdated == 0);
  CHECK(count.acknowledged >= 900);
  CHECK(count.reads > 0);
}

}  // namespace

TEST_CASE("nothing acknowledged is lost, and every read is regular, on one loop") {
  play(1);
}

TEST_CASE("nothing acknowledged is lost, and every read is regular, on three loops") {
  play(3);
}
