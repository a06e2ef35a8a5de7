// A store that stops for a moment: who tells, and who leaves it out.
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/load/servers.hpp"
#include "v4_replicated_kv/bench/measure.hpp"
#include "v4_replicated_kv/bench/ticks.hpp"

using namespace kv;
using namespace kv::bench;
using namespace kv::test;

namespace {

// Two seconds of puts against a server that does nothing for 300 ms, half a second after
// its first request.
Histogram latencies_around_a_pause(std::optional<std::uint64_t> rate) {
  Ns first = 0;
  bool paused = false;
  LineServer server([&](const std::vector<std::string>&) {
    if (first == 0) first = ns_now();
    if (!paused && ns_now() - first > 500 * kMillisecond) {
      paused = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the pause itself
    }
    return std::string("+OK\r\n");
  });
  auto words = words_for(Protocol::resp, server.port(), "put");
  words.threads = words.connections = 1;
  words.seconds = 2;
  words.rate = rate;
  const auto measured = measure(words);
  REQUIRE(measured);
  CHECK(measured->tally.failed() == 0);
  return measured->tally.latency(Kind::update);
}

}  // namespace

TEST_CASE("a pause of 300 ms is in the percentiles of an open loop") {
  // 1 of 7 requests was due during it.
  const Histogram latency = latencies_around_a_pause(500);
  CHECK(latency.percentile(990'000) >= static_cast<std::uint64_t>(200 * kMillisecond));
  CHECK(latency.percentile(900'000) >= static_cast<std::uint64_t>(50 * kMillisecond));
  CHECK(latency.max() >= static_cast<std::uint64_t>(290 * kMillisecond));
}

TEST_CASE("a closed loop leaves the same pause out of its percentiles") {
  // It stopped asking: one request of all was slow.
  const Histogram latency = latencies_around_a_pause(std::nullopt);
  REQUIRE(latency.count() > 1000);
  CHECK(latency.percentile(990'000) < static_cast<std::uint64_t>(100 * kMillisecond));
  CHECK(latency.max() >= static_cast<std::uint64_t>(290 * kMillisecond));
}
