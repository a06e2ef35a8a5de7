// What a node costs that has nothing to do, alone and with ten thousand clients that say
// nothing.
#include <algorithm>
#include <chrono>
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

constexpr std::size_t kIdle = 10'000;

// For this process and those it starts from now on.
bool may_open(std::size_t descriptors) {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur >= descriptors) return true;
  limit.rlim_cur = descriptors;
  limit.rlim_max = std::max<rlim_t>(limit.rlim_max, descriptors);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return true;
  MESSAGE("skipped: this takes ", descriptors, " open files (ulimit -Hn)");
  return false;
}

}  // namespace

TEST_CASE("abuse: an idle node takes less than 50 MiB and a hundredth of a core") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    REQUIRE(cluster.client_of(i).put("k" + std::to_string(i), "v"));
  }
  const pid_t process = cluster.node(0).server->pid();
  std::this_thread::sleep_for(1s);  // what a start leaves to be done
  const auto before = cpu_time(process);
  std::this_thread::sleep_for(4s);
  const auto spent = cpu_time(process) - before;
  MESSAGE("one idle node of three: ", resident_bytes(process) / kMiB, " MiB, ",
          spent.count(), " ms of CPU in 4 s");
  if (kIsSanitized) return;
  CHECK(resident_bytes(process) < 50 * kMiB);
  CHECK(spent < 160ms);  // the goal is 40: this machine may be busy
}

TEST_CASE("abuse: with 10,000 idle connections a node serves, in less than 500 MiB") {
  if (!may_open(kIdle + 500)) return;
  ClusterOfProcesses cluster(1);
  REQUIRE(cluster.wait_until_ready(0));
  const ClusterNode& node = cluster.node(0);
  const pid_t process = node.server->pid();
  std::vector<RawClient> idle;
  idle.reserve(kIdle);
  for (std::size_t i = 0; i < kIdle; ++i) {
    idle.emplace_back(port_in(i % 2 == 0 ? node.http : node.resp));
  }
  CHECK(becomes_true([&] { return open_descriptors(process) > kIdle; }));
  // Half of them have asked for something before.
  for (std::size_t i = 0; i < kIdle; i += 4) {
    REQUIRE(idle[i].ask(request_text("GET", "/healthz")).status == 200);
  }
  const auto before = cpu_time(process);
  for (const char* name : kDoorNames) {
    const auto door = door_named(name, node);
    CHECK(door->put(name, "v") == "ok");
    CHECK(door->get(name).value == "v");
  }
  std::this_thread::sleep_for(2s);
  MESSAGE("10,000 idle connections: ", resident_bytes(process) / kMiB, " MiB, ",
          (cpu_time(process) - before).count(), " ms of CPU in 2 s");
  CHECK(resident_bytes(process) < 500 * kMiB);
}
