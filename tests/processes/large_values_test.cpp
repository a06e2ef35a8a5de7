// Values and keys of every size, through one door and back through the others; and sizes that
// are only announced.
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

std::vector<std::string> odd_keys() {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  return {std::string(1, '\0'),
          std::string("a\0b", 3),
          "..",
          "../../etc/passwd",
          "/",
          "a/b",
          "a%2Fb",
          "%2e%2e%2f",
          "%00",
          "\xFF\xFE not UTF-8",
          "\xC0\xAF overlong",
          "two\r\nX-Injected: lines",
          " ",
          "?r=1#x&y",
          all,
          std::string(4096, 'k'),
          std::string(4096, '\xFF')};
}

}  // namespace

TEST_CASE("abuse: any key that one door takes, the others and other nodes give back") {
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  const auto keys = odd_keys();
  for (std::size_t by = 0; by < kDoorNames.size(); ++by) {
    const auto puts = door_named(kDoorNames.at(by), cluster.node(by));
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const std::string value = std::to_string(by) + "-" + std::to_string(k);
      CAPTURE(k);
      CHECK(puts->put(keys[k], value) == "ok");
    }
    for (std::size_t reader = 0; reader < kDoorNames.size(); ++reader) {
      const auto gets = door_named(kDoorNames.at(reader), cluster.node((by + 1) % 3));
      CAPTURE(std::string(kDoorNames.at(reader)));
      for (std::size_t k = 0; k < keys.size(); ++k) {
        const std::string value = std::to_string(by) + "-" + std::to_string(k);
        CAPTURE(k);
        CHECK(gets->get(keys[k]).value == value);
      }
    }
  }
  for (const char* name : kDoorNames) {
    CAPTURE(std::string(name));
    const auto door = door_named(name, cluster.node(0));
    CHECK(door->put(std::string(4097, 'k'), "v") != "ok");
    CHECK(door->put("", "v") != "ok");
    CHECK(door->get("a/b").word == "ok");
  }
}

TEST_CASE("abuse: values of 16 MiB go in at one door and node and out at the next") {
  // Three disks take 16 MiB each: as long as that takes, and as a door waits for an answer.
  ClusterOfProcesses cluster(3, {"--replication.timeout", "20s"});
  REQUIRE(cluster.wait_until_all_ready());
  Rng rng(5);
  std::string value(16 * kMiB, '\0');
  for (std::size_t i = 0; i < value.size(); i += 997) {
    value[i] = static_cast<char>(rng.below(256));
  }
  for (std::size_t by = 0; by < kDoorNames.size(); ++by) {
    const std::string name = kDoorNames.at(by);
    CAPTURE(name);
    const auto door = door_named(name, cluster.node(by));
    REQUIRE(door->put(name, value) == "ok");
    CHECK(door->put(name, std::string(16 * kMiB + 1, 'x')) != "ok");
    const auto next = door_named(kDoorNames.at((by + 1) % 3), cluster.node((by + 2) % 3));
    CHECK(next->get(name).value == value);
  }
}

TEST_CASE("abuse: what 100 clients only announce takes no memory, at any door") {
  ClusterOfProcesses cluster(1);
  REQUIRE(cluster.wait_until_ready(0));
  const ClusterNode& node = cluster.node(0);
  const auto client = door_named("http", node);
  REQUIRE(client->put("k", "v") == "ok");
  // A gRPC call's message says its length in its first five bytes, behind the headers.
  const std::string http2("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  const std::vector<std::pair<std::string, std::string>> claims{
      {node.http,
       "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
       "104857600\r\n\r\n{"},
      {node.http,
       "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
       "16777000\r\n\r\n{"},
      {node.resp, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$104857600\r\nv"},
      {node.resp, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16777216\r\nv"},
      {node.resp, "*1048576\r\n$3\r\nSET\r\n"},
      {node.grpc, http2 + std::string("\xFF\xFF\xFF\0\1\0\0\0\1", 9)}};
  const std::uint64_t before = resident_bytes(node.server->pid());
  for (const auto& [address, bytes] : claims) {
    CAPTURE(bytes.substr(0, 40));
    std::vector<RawClient> liars;
    for (int i = 0; i < 100; ++i) {
      liars.emplace_back(port_in(address));
      liars.back().send(bytes);
    }
    CHECK(client->get("k").value == "v");
    CHECK(resident_bytes(node.server->pid()) < before + 64 * kMiB);
  }
  MESSAGE("most resident: ", most_resident_bytes(node.server->pid()) >> 20,
          " MiB, before: ", before >> 20, " MiB");
}

TEST_CASE("abuse: many reads of a long value in one request take a few at a time") {
  ClusterOfProcesses cluster(1, {"--replication.timeout", "20s"});
  REQUIRE(cluster.wait_until_ready(0));
  const ClusterNode& node = cluster.node(0);
  const auto client = door_named("http", node);
  REQUIRE(client->put("long", std::string(16 * kMiB, 'v')) == "ok");
  REQUIRE(client->put("s", "v") == "ok");
  const std::uint64_t before = most_resident_bytes(node.server->pid());
  std::string batch;
  for (int i = 0; i < 100; ++i) batch += R"(,{"type":"get","key":"long"})";
  RawClient http(port_in(node.http));
  const auto answer = http.ask(request_text(
      "POST", "/api/v1/batch", R"({"operations":[)" + batch.substr(1) + "]}"));
  CHECK(answer.status == 200);
  CHECK(answer.body.size() < 49 * kMiB);
  // A client whose replies were short so far; and what needs no value of them.
  RawClient resp(port_in(node.resp));
  for (int i = 0; i < 300; ++i) {
    resp.send("*2\r\n$3\r\nGET\r\n$1\r\ns\r\n");
    REQUIRE(resp.take(7) == "$1\r\nv\r\n");
  }
  std::string exists = "*201\r\n$6\r\nEXISTS\r\n";
  for (int i = 0; i < 200; ++i) exists += "$4\r\nlong\r\n";
  resp.send(exists);
  CHECK(resp.take(6) == ":200\r\n");
  const std::uint64_t most = most_resident_bytes(node.server->pid());
  MESSAGE("most resident: ", most >> 20, " MiB, before: ", before >> 20, " MiB");
  if (!kIsSanitized) CHECK(most < before + 1536 * kMiB);
}
