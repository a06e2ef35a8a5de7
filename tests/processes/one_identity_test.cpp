// Two living processes that are one node: of a directory that was copied, or of settings.
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>

#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

std::vector<std::string> words_of(const std::string& id, const std::string& data,
                                  const std::string& http, const std::string& seeds) {
  return {"--id",         id,       "--data-dir",   data,      "--http", http, "--grpc",
          at_free_port(), "--resp", at_free_port(), "--seeds", seeds};
}

// Files come and go meanwhile.
void copy_of_live(const std::string& from, const std::string& to) {
  REQUIRE(becomes_true([&] {
    std::error_code failed;
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, failed);
    return !failed;
  }));
}

}  // namespace

TEST_CASE("identity: a copy of a node's directory ends, and the node is not disturbed") {
  const TempDir dir;
  const std::vector<std::string> data{dir.path() + "/1", dir.path() + "/2",
                                      dir.path() + "/3"};
  ClusterOfProcesses cluster(ClusterSetup{.nodes = 3, .data_dirs = data});
  REQUIRE(cluster.wait_until_all_ready());
  Client client = cluster.client();
  REQUIRE(client.put("cart", "old"));
  // The first dials the others, and is dialled by none; with the last it is the reverse.
  for (const std::size_t original : {0U, 2U}) {
    CAPTURE(original);
    const std::string name = cluster.node(original).name;
    const std::string copy = dir.path() + "/copy of " + name;
    copy_of_live(data[original], copy);
    ServerProcess second(words_of(name, copy, at_free_port(), cluster.seeds()));
    for (int i = 0; i < 50; ++i) {
      const std::string value = std::to_string(i);
      REQUIRE(client.put("cart", value));
      CHECK(value_of(client, "cart") == value);
    }
    CHECK(second.ending() == "ended with status 1");
    CHECK(second.said().contains("another process is " + name + " too, at " +
                                 cluster.node(original).grpc));
    CHECK(cluster.node(1).server->says("two processes are one node"));
    const auto disconnected = "\"msg\":\"disconnected\",\"peer\":\"" + name;
    CHECK_FALSE(cluster.node(1).server->said().contains(disconnected));
    CHECK(cluster.wait_until_all_ready());
  }
}

TEST_CASE("identity: a second node of one name waits with its empty disk, and says so") {
  const TempDir dir;
  ClusterOfProcesses cluster(3);
  REQUIRE(cluster.wait_until_all_ready());
  const std::string http = at_free_port();
  const std::string others = cluster.node(0).grpc + "," + cluster.node(2).grpc;
  ServerProcess second(words_of("node2", dir.path() + "/data", http, others));
  CHECK(second.says("another process that is node2 to end, at " + cluster.node(1).grpc));
  CHECK(cluster.node(0).server->says("two processes are one node"));
  cluster.node(1).server->kill();
  CHECK(is_ready_in_time(http));
}

TEST_CASE("identity: a process that hangs is replaced, and ends when it goes on") {
  const TempDir dir;
  const std::string data = dir.path() + "/1";
  ClusterOfProcesses cluster(ClusterSetup{.nodes = 3, .data_dirs = {data}});
  REQUIRE(cluster.wait_until_all_ready());
  ServerProcess& first = *cluster.node(0).server;
  first.signal(SIGSTOP);
  copy_of_live(data, dir.path() + "/copy");
  const std::string http = at_free_port();
  ServerProcess second(words_of("node1", dir.path() + "/copy", http, cluster.seeds()));
  CHECK(is_ready_in_time(http));
  Client client({.endpoints = {http}});
  CHECK(becomes_true([&] { return client.put("cart", "1").has_value(); }));
  first.signal(SIGCONT);
  CHECK(first.ending() == "ended with status 1");
  CHECK(client.put("cart", "2"));
}
