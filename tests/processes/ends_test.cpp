// How processes end and fail to begin: in order under load, told to stop before they are a
// cluster, killed while they recover.
#include <atomic>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/processes/doors.hpp"
#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using Content = std::map<std::string, std::string>;

// Clients that put new keys until this goes, each through the node that answers.
class Load {
 public:
  explicit Load(const ClusterOfProcesses& cluster) {
    for (std::size_t writer = 0; writer < acknowledged_.size(); ++writer) {
      writers_.emplace_back([this, &cluster, writer](const std::stop_token& stop) {
        Client client = cluster.client();
        for (int i = 0; !stop.stop_requested(); ++i) {
          const std::string key = std::to_string(writer) + "-" + std::to_string(i);
          if (!client.put(key, key + "!")) continue;
          acknowledged_.at(writer)[key] = key + "!";
          ++count_;
        }
      });
    }
  }

  // Whether so many more come, in time.
  bool goes_on(int more) {
    const int enough = count_ + more;
    return becomes_true([&] { return count_ >= enough; });
  }

  Content end() {
    for (auto& writer : writers_) writer.request_stop();
    writers_.clear();
    Content all;
    for (const Content& one : acknowledged_) all.insert(one.begin(), one.end());
    return all;
  }

 private:
  std::vector<Content> acknowledged_{4};
  std::atomic<int> count_ = 0;
  std::vector<std::jthread> writers_;
};

void check_holds(const ClusterOfProcesses& cluster, const Content& acknowledged) {
  Client client = cluster.client();
  for (const auto& [key, value] : acknowledged) {
    CAPTURE(key);
    const auto found = client.get(key);
    REQUIRE(found);
    REQUIRE(found->values == std::vector<std::string>{value});
  }
}

}  // namespace

TEST_CASE("abuse: SIGTERM under load ends in order, in time, with all that was said") {
  ClusterOfProcesses cluster(1);
  REQUIRE(cluster.wait_until_ready(0));
  Load load(cluster);
  REQUIRE(load.goes_on(200));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(cluster.node(0).server->stop() == "ended with status 0");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  const Content acknowledged = load.end();
  cluster.node(0).server->start();
  REQUIRE(cluster.wait_until_ready(0));
  check_holds(cluster, acknowledged);
}

TEST_CASE("abuse: who is told to stop while its cluster forms, stops") {
  const std::string nobody = at_free_port();
  ClusterOfProcesses cluster(1, {"--seeds", nobody});
  REQUIRE(cluster.node(0).server->says("\"msg\":\"starting\""));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(cluster.node(0).server->stop() == "ended with status 0");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("abuse: all nodes restart one after the other under load, and no put is lost") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  Load load(cluster);
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    REQUIRE(load.goes_on(50));
    CHECK(cluster.node(i).server->stop() == "ended with status 0");
    REQUIRE(load.goes_on(50));
    cluster.node(i).server->start();
    REQUIRE(cluster.wait_until_all_ready());
  }
  check_holds(cluster, load.end());
}

TEST_CASE("abuse: killed while it recovers from being killed, and no put is lost") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  Load load(cluster);
  REQUIRE(load.goes_on(300));
  ServerProcess& victim = *cluster.node(2).server;
  victim.kill();
  REQUIRE(load.goes_on(50));
  for (const char* moment : {"starting", "listening", R"("stage":"starting")"}) {
    victim.start();
    REQUIRE(victim.says(moment));
    victim.kill();
    REQUIRE(load.goes_on(20));
  }
  victim.start();
  REQUIRE(cluster.wait_until_all_ready());
  cluster.node(0).server->kill();  // the one that came back counts now
  const Content acknowledged = load.end();
  check_holds(cluster, acknowledged);
}

TEST_CASE(
    "abuse: a node that was stopped for seconds under load is never stale at quorum") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  Load load(cluster);
  REQUIRE(load.goes_on(50));
  cluster.node(1).server->signal(SIGSTOP);
  REQUIRE(load.goes_on(200));
  cluster.node(1).server->signal(SIGCONT);
  const Content acknowledged = load.end();
  REQUIRE(cluster.wait_until_ready(1));
  Client resumed = cluster.client_of(1);
  for (const auto& [key, value] : acknowledged) {
    CAPTURE(key);
    const auto found = resumed.get(key, {.consistency = "quorum"});
    REQUIRE(found);
    REQUIRE(found->values == std::vector<std::string>{value});
  }
}
