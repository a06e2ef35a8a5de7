// Clients by the hundred that are slow on purpose, idle or gone without a word: they cost the
// others nothing, and are let go.
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/raw_client.hpp"
#include "tests/processes/doors.hpp"
#include "tests/processes/process_figures.hpp"
#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kOfEachKind = 125;
constexpr int kSmallBuffer = 4096;
// Who waited for a slow one would wait until that is let go: ten seconds
// over HTTP, thirty over Redis' protocol.
constexpr auto kWaitedForNobody = 5s;

const std::string kPing = "*1\r\n$4\r\nPING\r\n";

// They say nothing more once they have said this, and read nothing.
std::vector<RawClient> those_who_say(std::uint16_t port, const std::string& bytes,
                                     std::size_t count = kOfEachKind) {
  std::vector<RawClient> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.emplace_back(port, kSmallBuffer);
    REQUIRE(all.back().send(bytes));
  }
  return all;
}

// The longest that a client of each door waited for an answer.
std::chrono::milliseconds longest_wait(const ClusterNode& node,
                                       std::chrono::seconds over) {
  std::vector<std::unique_ptr<OneDoor>> doors;
  for (const char* name : kDoorNames) doors.push_back(door_named(name, node));
  using Clock = std::chrono::steady_clock;
  Clock::duration longest{};
  const auto until = Clock::now() + over;
  for (std::size_t i = 0; Clock::now() < until; ++i) {
    const auto begin = Clock::now();
    const auto found = doors[i % doors.size()]->get("there");
    CAPTURE(i);
    CAPTURE(found.word);
    REQUIRE(found.value == "1");
    longest = std::max(longest, Clock::now() - begin);
  }
  return std::chrono::ceil<std::chrono::milliseconds>(longest);
}

bool are_closed(std::vector<RawClient>& clients) {
  for (RawClient& client : clients) {
    if (!client.ends_within(15s)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("abuse: 500 slow clients of HTTP are let go, and nobody waits for them") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  const ClusterNode& node = cluster.node(0);
  const std::uint16_t port = port_in(node.http);
  REQUIRE(door_named("http", node)->put("there", "1") == "ok");
  REQUIRE(door_named("http", node)->put("long", std::string(1 << 19, 'x')) == "ok");
  const std::size_t descriptors = open_descriptors(node.server->pid());
  auto heads =
      those_who_say(port, "GET /api/v1/kv/there HTTP/1.1\r\nHost: localhost\r\nX-");
  auto bodies = those_who_say(port,
                              "PUT /api/v1/kv/slow HTTP/1.1\r\nHost: "
                              "localhost\r\nContent-Length: 1000000\r\n\r\n{");
  auto silent = those_who_say(port, "");
  auto readers = those_who_say(
      port, request_text("GET", "/api/v1/kv/long", {},
                         "Connection: close\r\nAccept: application/octet-stream\r\n"));
  const auto longest = longest_wait(node, 9s);
  MESSAGE("the longest wait for an answer: ", longest.count(), " ms");
  if (kIsSanitized) return;
  CHECK(longest < kWaitedForNobody);
  CHECK(resident_bytes(node.server->pid()) < (std::uint64_t{512} << 20));
  CHECK(are_closed(heads));
  CHECK(are_closed(bodies));
  CHECK(are_closed(readers));
  silent.clear();
  CHECK(
      becomes_true([&] { return open_descriptors(node.server->pid()) <= descriptors; }));
  CHECK(cluster.wait_until_all_ready());
}

TEST_CASE("abuse: 500 slow clients of Redis' protocol, and nobody waits for them") {
  ClusterOfProcesses cluster(1);
  REQUIRE(cluster.wait_until_ready(0));
  const ClusterNode& node = cluster.node(0);
  const std::uint16_t port = port_in(node.resp);
  REQUIRE(door_named("http", node)->put("there", "1") == "ok");
  REQUIRE(door_named("resp", node)->put("long", std::string(1 << 19, 'x')) == "ok");
  auto heads = those_who_say(port, "*3\r\n$3\r\nSET\r\n$");
  auto bodies = those_who_say(port, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16000000\r\nx");
  auto silent = those_who_say(port, kPing);
  auto readers = those_who_say(port, "*2\r\n$3\r\nGET\r\n$4\r\nlong\r\n");
  const auto longest = longest_wait(node, 5s);
  MESSAGE("the longest wait for an answer: ", longest.count(), " ms");
  if (kIsSanitized) return;
  CHECK(longest < kWaitedForNobody);
  CHECK(resident_bytes(node.server->pid()) < (std::uint64_t{512} << 20));
}
