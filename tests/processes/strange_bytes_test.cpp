// Every port of a node, spoken to in the language of every other, and in none.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/api/raw_client.hpp"
#include "tests/processes/doors.hpp"
#include "tests/processes/process_figures.hpp"
#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::uint64_t kSeed = 20261122;

std::vector<std::string> strange_bytes() {
  std::vector<std::string> all{
      "GET /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
      "5\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "*1\r\n$4\r\nPING\r\n",
      "*-7\r\n$99999999999999999999\r\n",
      std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string(9, '\xFF'),
      std::string(64, '\0'),
      std::string(64, '\xFF'),
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11),
      "\n\n\n\n"};
  Rng rng(kSeed);
  for (int i = 0; i < 20; ++i) {
    std::string noise(1 + rng.below(5000), '\0');
    for (char& byte : noise) byte = static_cast<char>(rng.below(256));
    all.push_back(noise);
  }
  return all;
}

}  // namespace

TEST_CASE("abuse: no bytes at any port end a node, or cost its clients anything") {
  CAPTURE(kSeed);
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  const ClusterNode& node = cluster.node(0);
  const std::uint64_t before = resident_bytes(node.server->pid());
  std::vector<RawClient> open;
  for (const std::string& address :
       {node.http, node.resp, node.grpc, cluster.peer_address_of(0)}) {
    CAPTURE(address);
    for (const std::string& bytes : strange_bytes()) {
      open.emplace_back(port_in(address));
      open.back().send(bytes);
      open.emplace_back(port_in(address));
      open.back().send(bytes.substr(0, bytes.size() / 2));
      open.back().say_no_more();
    }
    for (const char* name : kDoorNames) {
      const auto door = door_named(name, node);
      CHECK(door->put(name, "v") == "ok");
      CHECK(door->get(name).value == "v");
    }
  }
  CHECK(resident_bytes(node.server->pid()) < before + (std::uint64_t{64} << 20));
  open.clear();
  REQUIRE(cluster.wait_until_all_ready());
  CHECK(cluster.client_of(1).put("all", "v", {.asked = {.consistency = "all"}}));
}
