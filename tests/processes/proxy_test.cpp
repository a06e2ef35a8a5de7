// A proxy before real nodes: it starts before they do, and they die, lose their disks, move
// and return behind it.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// A proxy that is connected with all nodes of its cluster, and a client that asks it.
struct ClusterBehindProxy {
  explicit ClusterBehindProxy(std::size_t nodes = 3,
                              const std::vector<std::string>& settings = {})
      : cluster(nodes, settings),
        proxy(seeds_once_ready(cluster)),
        client(proxy.client()) {
    REQUIRE(proxy.wait_until_connected_with(nodes));
  }

  static const std::string& seeds_once_ready(ClusterOfProcesses& cluster) {
    REQUIRE(cluster.wait_until_all_ready());
    return cluster.seeds();
  }

  ClusterOfProcesses cluster;
  ProxyProcess proxy;
  Client client;
};

std::vector<std::string> owners_of(Client& client, const std::string& key) {
  const auto answer = client.fetch("/api/v1/cluster/ring?key=" + key);
  REQUIRE(answer);
  const auto json = nlohmann::json::parse(answer->body);
  return json.at("owners").get<std::vector<std::string>>();
}

}  // namespace

TEST_CASE("proxy: several of them ask the same owners, and hold nothing themselves") {
  ClusterOfProcesses cluster(4);
  REQUIRE(cluster.wait_until_all_ready());
  const ProxyProcess one(cluster.seeds(), "one");
  const ProxyProcess two(cluster.seeds(), "two");
  REQUIRE(is_ready_in_time(one.http));
  REQUIRE(is_ready_in_time(two.http));
  Client node = cluster.client_of(0);
  Client first = one.client();
  Client second = two.client();
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i);
    const auto put = first.put(key, key);
    REQUIRE(put);
    CHECK(put->n == 3);
    CHECK(put->w == 2);
    CHECK(value_of(second, key) == key);
    CHECK(value_of(node, key) == key);
    REQUIRE(node.put(key, "again"));
    CHECK(value_of(first, key) == "again");
    CHECK(owners_of(first, key) == owners_of(node, key));
    CHECK(owners_of(second, key) == owners_of(node, key));
  }
  const auto stats = first.fetch("/api/v1/cluster/stats");
  REQUIRE(stats);
  CHECK(stats->body.contains("\"keys\":0,"));
  // Guests are no members: nobody counts them.
  CHECK(cluster.wait_until_all_ready());
}

TEST_CASE("proxy: before its cluster it says so, and then finds it by itself") {
  const std::string seed = at_free_port();
  ProxyProcess proxy(seed);
  Client client = proxy.client();
  REQUIRE(becomes_true([&] { return client.fetch("/healthz").has_value(); }));
  CHECK_FALSE(client.fetch("/readyz"));
  const auto put = client.put("cart", "apples");
  REQUIRE_FALSE(put);
  CHECK(put.error().detail.contains("has not found its cluster yet"));
  CHECK_FALSE(put.error().is_unknown);
  CHECK_FALSE(client.get("cart", {.consistency = "all"}));
  CHECK_FALSE(client.fetch("/api/v1/cluster/ring"));
  CHECK(proxy.process.says("\"msg\":\"waits for an answer\",\"of\":\"" + seed));
  const TempDir dir;
  ServerProcess node(
      {"--data-dir", dir.path() + "/data", "--http", at_free_port(), "--grpc", seed});
  REQUIRE(is_ready_in_time(proxy.http));
  const auto now = client.put("cart", "apples");
  REQUIRE(now);
  CHECK(now->n == 1);
  CHECK(value_of(client, "cart") == "apples");
  // Its door is told of once, and not with each ring again.
  const std::string& said = proxy.process.said();
  const std::string listening = "\"msg\":\"listening\"";
  CHECK(said.find(listening) == said.rfind(listening));
  CHECK(proxy.process.stop() == "ended with status 0");
}

TEST_CASE("proxy: the owner of a key is killed, and the key is there") {
  auto [cluster, proxy, client] = ClusterBehindProxy();
  REQUIRE(client.put("cart", "apples", {.asked = {.consistency = "all"}}));
  const std::size_t owner = cluster.place_of(owners_of(client, "cart").front());
  cluster.node(owner).server->kill();
  CHECK(value_of(client, "cart") == "apples");
  CHECK(value_of(client, "cart", "one") == "apples");
  REQUIRE(client.put("cart", "pears"));
  CHECK(value_of(client, "cart") == "pears");
  // It returns on another port for its peers, without the last put.
  cluster.node(owner).server->start();
  REQUIRE(cluster.wait_until_ready(owner));
  REQUIRE(proxy.wait_until_connected_with(3));
  CHECK(value_of(client, "cart") == "pears");
}

TEST_CASE("proxy: a node moved to other ports, and the others know where it is") {
  const TempDir dir;
  ClusterOfProcesses cluster(
      ClusterSetup{.nodes = 3, .data_dirs = {dir.path() + "/moves"}});
  REQUIRE(cluster.wait_until_all_ready());
  // It has heard of the others from one of them, and of no place where that one goes.
  ProxyProcess proxy(cluster.node(1).grpc);
  REQUIRE(proxy.wait_until_connected_with(3));
  Client client = proxy.client();
  REQUIRE(client.put("cart", "apples"));
  cluster.node(0).server->kill();
  ServerProcess moved({"--id", "node1", "--data-dir", dir.path() + "/moves", "--http",
                       at_free_port(), "--grpc", at_free_port(), "--seeds",
                       cluster.seeds()});
  CHECK(proxy.wait_until_connected_with(3));
  CHECK(value_of(client, "cart", "all") == "apples");
}

TEST_CASE(
    "proxy: an owner that is there, and has not got the key, is not the last word") {
  auto [cluster, proxy, client] = ClusterBehindProxy();
  REQUIRE(client.put("before", "1"));
  const std::size_t owner = cluster.place_of(owners_of(client, "cart").front());
  cluster.node(owner).server->kill();
  REQUIRE(client.put("cart", "apples"));
  cluster.node(owner).server->start();
  REQUIRE(cluster.wait_until_ready(owner));
  REQUIRE(proxy.wait_until_connected_with(3));
  CHECK(value_of(client, "cart", "one") == "apples");
  CHECK(value_of(client, "nowhere", "one") == "nothing");
}

TEST_CASE("proxy: an owner lost its disk, and no get fails or finds nothing meanwhile") {
  auto [cluster, proxy, client] = ClusterBehindProxy();
  for (int i = 0; i < 30; ++i) REQUIRE(client.put("key" + std::to_string(i), "v"));
  cluster.node(0).server->kill();
  cluster.wipe(0);
  cluster.node(0).server->start();
  Client returned = cluster.client_of(0);
  int gets = 0;
  const bool is_back = becomes_true([&] {
    const std::string key = "key" + std::to_string(gets++ % 30);
    CHECK(value_of(client, key, "one") == "v");
    CHECK(value_of(client, key) == "v");
    const auto health = returned.fetch("/api/v1/cluster/health");
    return health && health->body.contains("\"whole\"");
  });
  CHECK(is_back);
  REQUIRE(proxy.wait_until_connected_with(3));
  for (int i = 0; i < 30; ++i) {
    CHECK(value_of(client, "key" + std::to_string(i), "one") == "v");
  }
}

TEST_CASE("proxy: where its cluster was there is another, and it is that one's guest") {
  auto [cluster, proxy, client] = ClusterBehindProxy();
  REQUIRE(client.put("cart", "apples"));
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).server->kill();
  for (std::size_t i = 0; i < 3; ++i) cluster.wipe(i);
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).server->start();
  REQUIRE(cluster.wait_until_all_ready());
  REQUIRE(becomes_true([&] { return client.put("plums", "1").has_value(); }));
  CHECK(value_of(client, "cart") == "nothing");
  Client node = cluster.client_of(1);
  CHECK(value_of(node, "plums") == "1");
}

TEST_CASE("proxy: who has not got the cluster's secret stays outside, and says so") {
  const TempDir dir;
  const auto secret = [&](const std::string& name, const std::string& text) {
    const std::string path = dir.file(name, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    return path;
  };
  const std::string seed = at_free_port();
  const std::string http = at_free_port();
  const std::vector<std::string> own{"--cluster.secret_file",
                                     secret("own", "the secret of this cluster")};
  ServerProcess node({"--data-dir", dir.path() + "/data", "--http", http, "--grpc", seed,
                      own[0], own[1]});
  REQUIRE(is_ready_in_time(http));
  ProxyProcess stranger(seed, "stranger",
                        {own[0], secret("other", "the secret of another one")});
  CHECK(stranger.process.says("it refuses this node's secret"));
  CHECK_FALSE(stranger.client().fetch("/readyz"));
  ServerProcess other({"--id", "other", "--data-dir", dir.path() + "/node", "--http",
                       at_free_port(), "--grpc", at_free_port(), "--seeds", seed, own[0],
                       secret("third", "the secret of a third one")});
  CHECK(other.says("node at " + seed + ": it refuses this node's secret"));
  ServerProcess open({"--id", "open", "--data-dir", dir.path() + "/open", "--http",
                      at_free_port(), "--grpc", at_free_port(), "--seeds", seed});
  CHECK(open.says("node at " + seed + ": it refuses this node's secret"));
  const ProxyProcess guest(seed, "guest", own);
  REQUIRE(is_ready_in_time(guest.http));
  CHECK(guest.client().put("cart", "apples"));
}

TEST_CASE("proxy: siblings are made by an owner, and told through the proxy") {
  auto [cluster, proxy, client] =
      ClusterBehindProxy(4, {"--cluster.conflict", "siblings"});
  for (int i = 0; i < 10; ++i) {
    const std::string key = "cart" + std::to_string(i);
    const auto first = client.put(key, "apples");
    REQUIRE(first);
    REQUIRE(client.put(key, "apples, plums", {.context = first->context}));
    REQUIRE(client.put(key, "apples, pears", {.context = first->context}));
    const auto both = client.get(key);
    REQUIRE(both);
    CHECK(both->values.size() == 2);
    REQUIRE(client.put(key, "all", {.context = both->context}));
    CHECK(value_of(client, key) == "all");
  }
}

TEST_CASE("proxy: what it cannot do is one line, and the reason") {
  const auto refused = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"v4_replicated_kv", "proxy"});
    const ProgramEnd outcome = run_program(words);
    CHECK(outcome.status == 2);
    CHECK(lines_of(outcome.err).size() == 1);
    return outcome.err;
  };
  CHECK(refused({"--seed", "x"}).contains("did you mean --seeds?"));
  CHECK(refused({"--seeds", "127.0.0.1:1", "--http", "0.0.0.0:8090"})
            .contains("security.insecure"));
  const ProxyProcess other;
  REQUIRE(becomes_true([&] { return other.client().fetch("/healthz").has_value(); }));
  const ProgramEnd second =
      run_program({"v4_replicated_kv", "proxy", "--http", other.http});
  CHECK(second.status == 1);
  CHECK(second.err.contains("listen.http: cannot listen on " + other.http));
  const ProgramEnd help = run_program({"v4_replicated_kv", "proxy", "--help"});
  CHECK(help.status == 0);
  CHECK(help.out.contains("Usage: v4_replicated_kv proxy [--config FILE]"));
  CHECK(help.out.contains("--listen.http [127.0.0.1:8090]"));
  CHECK(help.out.contains("--listen.grpc [\"\"]"));
  const ProgramEnd of_serve = run_program({"v4_replicated_kv", "serve", "--help"});
  CHECK(of_serve.out.contains("Usage: v4_replicated_kv serve [--config FILE]"));
}
