// A cluster of three servers that know each other by sockets only.
#include "tests/server/three_servers.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;
using namespace kv::test;

TEST_CASE("what one server acknowledged, every other reads, in memory and on disk") {
  for (const bool in_memory : {true, false}) {
    CAPTURE(in_memory);
    ThreeServers servers(in_memory);
    for (int i = 0; i < 30; ++i) {
      const std::string key = std::to_string(i);
      const Reply written = put(servers[static_cast<std::size_t>(i % 3)], key, "v" + key);
      CHECK(written.outcome == Outcome::ok);
      CHECK(written.answers >= 2);
    }
    for (std::size_t place = 0; place < 3; ++place) {
      for (int i = 0; i < 30; ++i) {
        CHECK(get(servers[place], std::to_string(i)) == "v" + std::to_string(i));
      }
    }
  }
}

TEST_CASE("one of three is killed, and the others go on; back again, it is right") {
  ThreeServers servers;
  REQUIRE(put(servers[0], "cart", "apples").outcome == Outcome::ok);
  for (const std::size_t dies : {0U, 1U, 2U}) {
    CAPTURE(dies);
    const std::size_t lives = (dies + 1) % 3;
    servers.kill(dies);
    const std::string value = "since " + std::to_string(dies) + " died";
    CHECK(put(servers[lives], "cart", value).outcome == Outcome::ok);
    CHECK(get(servers[(dies + 2) % 3], "cart") == value);
    servers.start(dies);
    servers.wait_until_whole(dies);
    CHECK(get(servers[dies], "cart") == value);
    CHECK(put(servers[dies], "back", value).outcome == Outcome::ok);
    CHECK(get(servers[lives], "back") == value);
  }
}

TEST_CASE("all of three are killed, and nothing that was acknowledged is lost") {
  ThreeServers servers;
  constexpr int kKeys = 50;
  for (int i = 0; i < kKeys; ++i) {
    REQUIRE(
        put(servers[static_cast<std::size_t>(i % 3)], std::to_string(i), "v").outcome ==
        Outcome::ok);
  }
  for (std::size_t place = 0; place < 3; ++place) servers.kill(place);
  for (std::size_t place = 0; place < 3; ++place) servers.start(place);
  for (std::size_t place = 0; place < 3; ++place) servers.wait_until_whole(place);
  for (int i = 0; i < kKeys; ++i) CHECK(get(servers[1], std::to_string(i)) == "v");
}

TEST_CASE("with two of three gone a write is unknown or refused, and ends in time") {
  ThreeServers servers;
  REQUIRE(put(servers[0], "cart", "apples").outcome == Outcome::ok);
  servers.kill(1);
  servers.kill(2);
  Request request{.verb = Verb::put, .key = "cart", .value = "pears"};
  request.patience = Tick{300'000};
  const Reply reply = wait_for(ask(servers[0], request));
  CHECK(reply.outcome == Outcome::unknown);
  CHECK(reply.needed == 2);
}

TEST_CASE("while servers are stopped one by one, what they acknowledge is kept") {
  ThreeServers servers;
  std::atomic<bool> over = false;
  std::atomic<int> written = 0;
  std::vector<std::jthread> writers;
  for (std::size_t place = 0; place < 2; ++place) {
    writers.emplace_back([&, place] {
      for (int i = 0; !over; ++i) {
        const std::string key = std::to_string(place) + "/" + std::to_string(i);
        if (put(servers[place], key, "v").outcome == Outcome::ok) ++written;
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    servers[2].stop();
    servers.kill(2);
    const int so_far = written;
    servers.start(2);
    servers.wait_until_whole(2);
    while (written < so_far + 10) std::this_thread::yield();
  }
  over = true;
  writers.clear();
  CHECK(get(servers[2], "0/0") == "v");
  CHECK(get(servers[2], "1/0") == "v");
}

TEST_CASE("peers that have nothing to say are heard of, and one that is gone is missed") {
  std::atomic<int> heard = 0;
  std::promise<void> is_down;
  ThreeServers servers(true);
  const NodeId dies = servers[0].ring().members[2].node.id;
  REQUIRE(servers[0].run_there([&] {
    servers[0].on_peers({.heard = [&](NodeId) { ++heard; },
                         .down =
                             [&](NodeId peer) {
                               if (peer == dies) is_down.set_value();
                             }});
  }));
  while (heard < 4) std::this_thread::yield();
  servers.kill(2);
  CHECK(is_down.get_future().wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("a server that joined late finds what it missed") {
  ThreeServers servers;
  servers.kill(2);
  const std::string long_value(std::size_t{1} << 20, 'x');
  REQUIRE(put(servers[0], "long", long_value).outcome == Outcome::ok);
  servers.start(2);
  servers.wait_until_whole(2);
  CHECK(get(servers[2], "long") == long_value);
}
