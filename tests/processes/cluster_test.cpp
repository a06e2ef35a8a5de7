// Three real processes: killed, paused and restarted, and asked what they promised.
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// Lines that say both.
std::size_t count_lines(const std::string& text, const std::string& what,
                        const std::string& whom) {
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    count += line.contains("\"" + what + "\"") && line.contains(whom) ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("processes: three that name each other are one cluster, whoever is asked") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    Client client = cluster.client_of(i);
    const std::string key = "key of " + std::to_string(i);
    const auto put = client.put(key, "value");
    REQUIRE(put);
    CHECK(put->n == 3);
    CHECK(put->w == 2);
    CHECK(put->acks >= 2);
    for (std::size_t other = 0; other < cluster.size(); ++other) {
      Client another = cluster.client_of(other);
      CHECK(value_of(another, key) == "value");
    }
  }
}

TEST_CASE("processes: one is killed, the others go on, and it returns with all it had") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  Client client = cluster.client_of(0);
  REQUIRE(client.put("before", "1", {.asked = {.consistency = "all"}}));
  cluster.node(2).server->kill();
  for (int i = 0; i < 50; ++i) {
    const std::string key = "during " + std::to_string(i);
    REQUIRE(client.put(key, key));
    CHECK(value_of(client, key) == key);
  }
  CHECK_FALSE(client.put(
      "all", "x",
      {.asked = {.consistency = "all", .timeout = std::chrono::milliseconds(300)}}));
  cluster.node(2).server->start();
  REQUIRE(cluster.wait_until_ready(2));
  Client returned = cluster.client_of(2);
  CHECK(value_of(returned, "before") == "1");
  CHECK(value_of(returned, "during 7") == "during 7");
}

TEST_CASE("processes: all are killed at once, and nothing acknowledged is lost") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  {
    Client client = cluster.client();
    for (int i = 0; i < 100; ++i) {
      REQUIRE(client.put("key" + std::to_string(i), std::to_string(i)));
    }
  }
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).server->kill();
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).server->start();
  REQUIRE(cluster.wait_until_all_ready());
  Client client = cluster.client();
  for (int i = 0; i < 100; ++i) {
    CHECK(value_of(client, "key" + std::to_string(i)) == std::to_string(i));
  }
}

TEST_CASE("processes: nodes are killed and restarted under load, and no put is lost") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  std::atomic<bool> done = false;
  std::atomic<int> acknowledged = 0;
  std::vector<std::map<std::string, std::string>> acked(4);
  std::vector<std::jthread> writers;
  for (std::size_t writer = 0; writer < acked.size(); ++writer) {
    writers.emplace_back([&, writer] {
      Client client = cluster.client();
      for (int i = 0; !done; ++i) {
        const std::string key = std::to_string(writer) + "-" + std::to_string(i % 50);
        const std::string value = std::to_string(i);
        // One whose fate nobody knows may be there or not: the key is not looked at.
        acked[writer].erase(key);
        const auto put = client.put(key, value);
        if (put) {
          acked[writer][key] = value;
          ++acknowledged;
        } else if (put.error().is_unknown) {
          i += 50 - i % 50;
        }
      }
    });
  }
  for (std::size_t round = 0; round < 3; ++round) {
    const int before = acknowledged;
    while (acknowledged < before + 100) std::this_thread::yield();
    cluster.node(round % 3).server->kill();
    const int then = acknowledged;
    while (acknowledged < then + 100) std::this_thread::yield();
    cluster.node(round % 3).server->start();
    REQUIRE(cluster.wait_until_ready(round % 3));
  }
  done = true;
  writers.clear();
  Client client = cluster.client();
  std::size_t checked = 0;
  for (const auto& of_one : acked) {
    for (const auto& [key, value] : of_one) {
      CAPTURE(key);
      CHECK(value_of(client, key) == value);
      ++checked;
    }
  }
  CHECK(checked > 50);
}

TEST_CASE("processes: nodes that talk by streams of gRPC are a cluster like any other") {
  ClusterOfProcesses cluster(3, {"--cluster.peer_transport", "grpc"});
  REQUIRE(cluster.wait_until_all_ready());
  Client client = cluster.client_of(0);
  REQUIRE(client.put("cart", "apples", {.asked = {.consistency = "all"}}));
  cluster.node(2).server->kill();
  REQUIRE(client.put("cart", "pears"));
  cluster.node(2).server->start();
  REQUIRE(cluster.wait_until_all_ready());
  Client returned = cluster.client_of(2);
  CHECK(value_of(returned, "cart") == "pears");
  CHECK(value_of(returned, "cart", "all") == "pears");
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    CHECK(cluster.node(i).server->stop() == "ended with status 0");
  }
}

// The port for peers is a free one, and another after each start.
TEST_CASE(
    "processes: one that returns on another port is connected with once, and stays") {
  ClusterOfProcesses cluster(3, {"--failure.heartbeat", "50ms", "--failure.suspect_after",
                                 "300ms", "--failure.fail_after", "900ms"});
  REQUIRE(cluster.wait_until_all_ready());
  for (const std::size_t back : {0U, 2U}) {
    CAPTURE(back);
    cluster.node(back).server->kill();
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      if (i != back) REQUIRE(cluster.wait_until_seen(i, back, "failed"));
    }
    const std::string name = "\"peer\":\"" + cluster.node(back).name + "\"";
    std::vector<std::size_t> connected;
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      connected.push_back(count_lines(cluster.node(i).server->said(), "connected", name));
    }
    cluster.node(back).server->start();
    REQUIRE(cluster.wait_until_all_ready());
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      if (i == back) continue;
      // By then it was heard of for a while without a gap.
      REQUIRE(cluster.wait_until_seen(i, back, "healthy"));
      CHECK(count_lines(cluster.node(i).server->said(), "connected", name) ==
            connected[i] + 1);
    }
  }
}

// Reads that a stopped node does not answer are answered by another, long before anybody
// can be sure that it is down; and then they do not ask it at all.
TEST_CASE("processes: while one is stopped, no request fails or waits for long") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  Client client = cluster.client_of(0);
  REQUIRE(client.put("cart", "apples", {.asked = {.consistency = "all"}}));
  cluster.node(2).server->signal(SIGSTOP);
  std::size_t slow = 0;
  std::size_t done = 0;
  for (; done < 300; ++done) {
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(client.put("cart", std::to_string(done)));
    REQUIRE(value_of(client, "cart") == std::to_string(done));
    // An owner that is silent is asked again after 200 ms: nobody needed that.
    slow += std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(200);
  }
  CHECK(slow < done / 20);
  cluster.node(2).server->signal(SIGCONT);
  REQUIRE(cluster.wait_until_all_ready());
  Client resumed = cluster.client_of(2);
  CHECK(value_of(resumed, "cart") == std::to_string(done - 1));
}

TEST_CASE("processes: one that is stopped is missed, and is not stale once it goes on") {
  ClusterOfProcesses cluster(3, {"--failure.heartbeat", "50ms", "--failure.suspect_after",
                                 "300ms", "--failure.fail_after", "900ms"});
  REQUIRE(cluster.wait_until_all_ready());
  Client client = cluster.client_of(0);
  REQUIRE(client.put("cart", "apples", {.asked = {.consistency = "all"}}));
  cluster.node(2).server->signal(SIGSTOP);
  REQUIRE(client.put("cart", "pears"));
  CHECK(value_of(client, "cart") == "pears");
  CHECK(cluster.wait_until_seen(0, 2, "failed"));
  cluster.node(2).server->signal(SIGCONT);
  REQUIRE(cluster.wait_until_ready(2));
  Client resumed = cluster.client_of(2);
  CHECK(value_of(resumed, "cart") == "pears");
  CHECK(cluster.wait_until_seen(0, 2, "healthy"));
}

TEST_CASE("processes: one that lost its disk says so, and for whom it waits") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  REQUIRE(cluster.client().put("key", "value"));
  cluster.node(1).server->kill();
  cluster.node(2).server->kill();
  cluster.wipe(2);
  ServerProcess& wiped = *cluster.node(2).server;
  wiped.start();
  CHECK(
      wiped.says("\"because\":\"it began with nothing, or was ended while it copied\""));
  CHECK(wiped.says("\"stage\":\"catching_up\""));
  CHECK(wiped.says("\"msg\":\"waits\",\"for\":\"" + cluster.node(1).name + "\""));
  cluster.node(1).server->start();
  CHECK(wiped.says("\"stage\":\"whole\""));
}
