// Runs against a real redis-server, and against one that does wrong.
#include <atomic>
#include <map>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/load/servers.hpp"
#include "v4_replicated_kv/bench/bench_report.hpp"
#include "v4_replicated_kv/bench/measure.hpp"

using namespace kv;
using namespace kv::bench;
using namespace kv::test;

TEST_CASE("every workload runs on a real Redis, and finds what it wrote") {
  const auto redis = RedisServer::start();
  if (!redis) return;
  for (const Workload& workload : kWorkloads) {
    CAPTURE(workload.name);
    auto words = words_for(Protocol::resp, redis->port(), workload.name);
    words.load = true;
    words.pipeline = workload.name == "c" ? 8 : 1;
    const auto measured = measure(words);
    REQUIRE(measured);
    CHECK(complaints(words, *measured).empty());
    CHECK(measured->load.done() == 200);
    const Tally& tally = measured->tally;
    CHECK(tally.done() > 100);
    CHECK(tally.failed() == 0);
    CHECK(tally.missing == 0);
    CHECK((tally.latency(Kind::read).count() > 0) == (workload.read > 0));
    CHECK((tally.latency(Kind::update).count() > 0) == (workload.update > 0));
    CHECK((tally.latency(Kind::scan).count() > 0) == (workload.scan > 0));
    CHECK((tally.latency(Kind::read_modify_write).count() > 0) ==
          (workload.read_modify_write > 0));
  }
}

TEST_CASE("an open loop sends at its rate, and no more") {
  const auto redis = RedisServer::start();
  if (!redis) return;
  for (const Arrivals arrivals : {Arrivals::even, Arrivals::random}) {
    auto words = words_for(Protocol::resp, redis->port(), "put");
    words.seconds = 1;
    words.rate = 500;
    words.arrivals = arrivals;
    const auto measured = measure(words);
    REQUIRE(measured);
    const Tally& tally = measured->tally;
    const std::uint64_t all = tally.done() + tally.unsent;
    CHECK(all >= (arrivals == Arrivals::even ? 500 : 390));
    CHECK(all <= (arrivals == Arrivals::even ? 500 : 610));
  }
}

TEST_CASE("a value that nobody wrote for its key is told, and ends with a complaint") {
  const auto redis = RedisServer::start();
  if (!redis) return;
  auto words = words_for(Protocol::resp, redis->port(), "get");
  words.load = true;
  REQUIRE(measure(words)->tally.wrong == 0);
  words.load = false;
  words.value_bytes = 50;  // other values for the same keys are good values, too
  CHECK(measure(words)->tally.wrong == 0);

  // Answers each GET with the value of the key that was set first.
  std::string first;
  LineServer liar([&](const std::vector<std::string>& command) {
    if (command[0] == "SET" && first.empty()) first = command[2];
    if (command[0] == "SET") return std::string("+OK\r\n");
    return "$" + std::to_string(first.size()) + "\r\n" + first + "\r\n";
  });
  words = words_for(Protocol::resp, liar.port(), "get");
  words.threads = words.connections = 1;
  words.load = true;
  const auto measured = measure(words);
  REQUIRE(measured);
  CHECK(measured->tally.wrong > 0);
  REQUIRE(complaints(words, *measured).size() == 1);
  CHECK(complaints(words, *measured)[0].find("is no value that was written for it") !=
        std::string::npos);
}

TEST_CASE("errors are counted by the store's word for them, and not as latencies") {
  LineServer server([](const std::vector<std::string>& command) -> std::string {
    if (command[0] == "SET") return "-QUORUM 1 of 2 owners answered\r\n";
    return "$-1\r\n";
  });
  auto words = words_for(Protocol::resp, server.port(), "a");
  words.threads = words.connections = 1;
  const auto measured = measure(words);
  REQUIRE(measured);
  const Tally& tally = measured->tally;
  CHECK(tally.latency(Kind::update).count() == 0);
  CHECK(tally.errors.size() == 1);
  CHECK(tally.errors.at("QUORUM").count > 0);
  CHECK(tally.errors.at("QUORUM").sentence == "QUORUM 1 of 2 owners answered");
  CHECK(tally.missing == tally.latency(Kind::read).count());
  REQUIRE(complaints(words, *measured).size() == 1);
  CHECK(complaints(words, *measured)[0].starts_with("no update succeeded of "));
  words.load = true;
  CHECK(complaints(words, *measure(words))[0].starts_with("200 of 200 keys could not"));
}

TEST_CASE("a server that closes now and then costs the requests that were under way") {
  int count = 0;
  LineServer server([&](const std::vector<std::string>&) {
    return std::string(++count % 10 == 0 ? "" : "+OK\r\n");
  });
  auto words = words_for(Protocol::resp, server.port(), "put");
  words.threads = words.connections = 1;
  const auto measured = measure(words);
  REQUIRE(measured);
  const Tally& tally = measured->tally;
  CHECK(tally.errors.size() == 1);
  CHECK(tally.errors.at("connection_lost").count * 9 <= tally.done());
  CHECK(tally.errors.at("connection_lost").count > 1);
  CHECK(tally.ended_early.empty());
}

TEST_CASE("a server that is killed ends the run, with a sentence") {
  auto redis = RedisServer::start();
  if (!redis) return;
  auto words = words_for(Protocol::resp, redis->port(), "put");
  words.seconds = 3600;
  Result<Measured> measured = fail(Errc::io, "never run");
  std::jthread run([&] { measured = measure(words); });
  // Loaded: a key is there.
  auto once = words;
  once.workload = kWorkloads[7];
  once.seconds = 0.2;
  CHECK(measure(once)->tally.done() > 0);
  redis->kill();
  run.join();
  REQUIRE(measured);
  CHECK(measured->tally.errors.at("connection_lost").count > 0);
  REQUIRE(complaints(words, *measured).size() == 1);
  CHECK(complaints(words, *measured)[0].starts_with("every connection was lost"));
}

TEST_CASE("where nobody listens, nothing is begun") {
  std::uint16_t port = 0;
  {
    const Listener listener = listen_anywhere();
    port = listener.port;
  }
  for (const Protocol protocol : {Protocol::http, Protocol::resp, Protocol::grpc}) {
    auto words = words_for(protocol, port, "c");
    words.timeout_ms = 300;
    const auto measured = measure(words);
    REQUIRE_FALSE(measured);
    CHECK(measured.error().code == Errc::io);
    CHECK(measured.error().detail.find(words.endpoints[0].text()) == 0);
  }
}

TEST_CASE("an answer that is late is a timeout, and not waited for") {
  const Listener silent = listen_anywhere();  // takes connections, and says nothing
  auto words = words_for(Protocol::http, silent.port, "c");
  words.timeout_ms = 200;
  const auto measured = measure(words);
  REQUIRE(measured);
  CHECK(measured->tally.done() == 0);
  CHECK(measured->tally.errors.at("timeout").count >= 4);
  CHECK(complaints(words, *measured) ==
        std::vector<std::string>{"no operation succeeded"});
}
