// A node that has no descriptors left: it lets nobody new in, does not spin, and goes on as
// before once others have left.
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/api/raw_client.hpp"
#include "tests/processes/doors.hpp"
#include "tests/processes/process_figures.hpp"
#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kFree = 30;
constexpr std::size_t kConnections = 200;

// A running process may have so many more than it has now.
void allow_descriptors(pid_t process, std::size_t more) {
  rlimit limit{};
  REQUIRE(::prlimit(process, RLIMIT_NOFILE, nullptr, &limit) == 0);
  limit.rlim_cur = open_descriptors(process) + more;
  REQUIRE(::prlimit(process, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

// More connections than the process may have, held until this goes.
class Crowd {
 public:
  Crowd(pid_t process, std::uint16_t port) {
    allow_descriptors(process, kFree);
    const std::size_t full = open_descriptors(process) + kFree;
    for (std::size_t i = 0; i < kConnections; ++i) connections_.emplace_back(port);
    CHECK(becomes_true([&] { return open_descriptors(process) >= full; }));
  }

 private:
  std::vector<RawClient> connections_;
};

// Over a second in which nobody asks it for anything, it is idle.
void check_does_not_spin(pid_t process) {
  const auto before = cpu_time(process);
  std::this_thread::sleep_for(1s);
  const auto spent = cpu_time(process) - before;
  CAPTURE(spent.count());
  CHECK(spent < 300ms);
}

}  // namespace

TEST_CASE("abuse: without descriptors a node lets nobody in, does not spin, recovers") {
  if (kIsSanitized) return;
  ClusterOfProcesses cluster(1, {"--storage.segment_bytes", "16KiB"});
  REQUIRE(cluster.wait_until_ready(0));
  const ClusterNode& node = cluster.node(0);
  const auto client = door_named("http", node);
  REQUIRE(client->put("before", "1") == "ok");
  std::map<std::string, std::string> acknowledged;
  for (const std::string& address : {node.http, node.resp, node.grpc}) {
    CAPTURE(address);
    {
      const Crowd crowd(node.server->pid(), port_in(address));
      check_does_not_spin(node.server->pid());
      CHECK(client->get("before").value == "1");
      // The log needs files: a put that finds none is refused.
      for (int i = 0; i < 50; ++i) {
        const std::string key = address + "-" + std::to_string(i);
        const std::string word = client->put(key, std::string(900, 'x'));
        if (word == "ok") acknowledged[key] = std::string(900, 'x');
        CAPTURE(word);
        CHECK((word == "ok" || word == "disk_full"));
      }
    }
    for (const char* name : kDoorNames) {
      CAPTURE(std::string(name));
      CHECK(becomes_true([&] { return door_named(name, node)->put(name, "3") == "ok"; }));
    }
  }
  CHECK(acknowledged.size() > 20);
  node.server->kill();
  node.server->start();
  REQUIRE(cluster.wait_until_ready(0));
  for (const auto& [key, value] : acknowledged) CHECK(client->get(key).value == value);
}

TEST_CASE("abuse: strangers at the ports for peers keep no node out of its cluster") {
  if (kIsSanitized) return;
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  const ClusterNode& node = cluster.node(0);
  const auto client = door_named("http", node);
  for (const std::string& address : {cluster.peer_address_of(0), node.grpc}) {
    CAPTURE(address);
    {
      const Crowd crowd(node.server->pid(), port_in(address));
      check_does_not_spin(node.server->pid());
      CHECK(client->put("meanwhile", "1") == "ok");
    }
    cluster.node(1).server->kill();
    cluster.node(1).server->start();
    REQUIRE(cluster.wait_until_all_ready());
    CHECK(client->put("after", "2") == "ok");
    CHECK(door_named("resp", cluster.node(1))->get("after").value == "2");
  }
}
