// Nodes that were started alone become one cluster, by POST /AddServer of a proxy; and any of
// them may be killed meanwhile.
#include <chrono>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/processes/server_processes.hpp"
#include "v4_replicated_kv/client/http_connection.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct LoneNode {
  LoneNode(const TempDir& directory, std::string name,
           const std::vector<std::string>& more = {})
      : http(at_free_port()),
        grpc(at_free_port()),
        process(with({"--id", name, "--data-dir", directory.path() + "/" + name, "--http",
                      http, "--grpc", grpc},
                     more)) {}

  static std::vector<std::string> with(std::vector<std::string> words,
                                       const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::string http;
  std::string grpc;
  ServerProcess process;
};

struct Added {
  int status = 0;
  std::string body{};
};

Added add(const std::string& proxy, const std::string& node, double weight = 0) {
  nlohmann::json body{{"url", "http://" + node}};
  if (weight != 0) body["weight"] = weight;
  HttpConnection connection;
  const auto answer = connection.send({.method = "POST",
                                       .url = "http://" + proxy + "/AddServer",
                                       .body = body.dump(),
                                       .timeout = std::chrono::seconds(60)});
  return answer ? Added{answer->status, answer->body} : Added{};
}

// Until it is known: a proxy that goes over to another ring says that it is not ready.
Added add_in_time(const std::string& proxy, const std::string& node, double weight = 0) {
  Added last;
  (void)becomes_true([&] {
    last = add(proxy, node, weight);
    return last.status != 0 && last.status != 503;
  });
  CAPTURE(last.body);
  CHECK(last.status != 503);
  return last;
}

// The ring that is known there; empty where nobody answers.
std::string ring_at(const std::string& http) {
  Client client({.endpoints = {http}});
  const auto answer = client.fetch("/api/v1/cluster/ring");
  return answer ? answer->body : "";
}

std::size_t members_at(const std::string& http) {
  Client client({.endpoints = {http}});
  const auto answer = client.fetch("/api/v1/cluster/nodes");
  return answer ? nlohmann::json::parse(answer->body).size() : 0;
}

bool all_have(const std::vector<std::string>& doors, std::size_t members) {
  return becomes_true([&] {
    std::set<std::string> rings;
    for (const std::string& http : doors) {
      if (members_at(http) != members) return false;
      rings.insert(ring_at(http));
    }
    return rings.size() == 1;
  });
}

void put_and_get(const std::string& into, const std::string& from,
                 const std::string& key) {
  Client writes({.endpoints = {into}});
  Client reads({.endpoints = {from}});
  REQUIRE(is_ready_in_time(into));
  REQUIRE(is_ready_in_time(from));
  REQUIRE(writes.put(key, key));
  const auto found = reads.get(key);
  REQUIRE(found);
  CHECK(found->values == std::vector<std::string>{key});
}

}  // namespace

TEST_CASE("AddServer: three nodes, one after the other, for two proxies that agree") {
  const TempDir directory;
  const LoneNode n1(directory, "n1");
  const LoneNode n2(directory, "n2");
  const LoneNode n3(directory, "n3");
  const ProxyProcess one("", "one");
  const ProxyProcess two(n1.grpc, "two");
  for (const LoneNode* const node : {&n1, &n2, &n3}) {
    REQUIRE(is_ready_in_time(node->http));
  }
  CHECK(add_in_time(one.http, n1.http).status == 200);
  REQUIRE(is_ready_in_time(one.http));
  CHECK(add_in_time(one.http, n2.http, 2).status == 200);
  REQUIRE(all_have({one.http, two.http, n1.http, n2.http}, 2));
  const Added third = add_in_time(two.http, n3.http);
  CHECK_MESSAGE(third.status == 200, third.body);
  REQUIRE(all_have({one.http, two.http, n1.http, n2.http, n3.http}, 3));
  // While it is empty, a weight is set; and once more is no other.
  CHECK(add_in_time(one.http, n3.http, 3).status == 200);
  CHECK(add_in_time(one.http, n3.http, 3).status == 200);
  REQUIRE(all_have({one.http, two.http, n1.http, n2.http, n3.http}, 3));
  CHECK(nlohmann::json::parse(
            Client({.endpoints = {one.http}}).fetch("/api/v1/cluster/nodes")->body)
            .at(2)
            .at("weight") == 3);
  for (const LoneNode* const node : {&n1, &n2, &n3}) {
    REQUIRE(is_ready_in_time(node->http));
  }
  put_and_get(one.http, two.http, "by one");
  put_and_get(two.http, one.http, "by two");
  put_and_get(n3.http, one.http, "by n3");
  // Now there is something to lose.
  const LoneNode n4(directory, "n4");
  REQUIRE(is_ready_in_time(n4.http));
  const Added late = add_in_time(one.http, n4.http);
  CHECK(late.status == 409);
  CHECK(late.body.contains("a cluster changes only while it is empty: n"));
  CHECK(add_in_time(two.http, n1.http, 5).status == 409);
  CHECK(members_at(n4.http) == 1);
  // It goes on as if nothing had been asked.
  put_and_get(n4.http, n4.http, "its own");
  put_and_get(one.http, two.http, "by one again");
}

TEST_CASE("AddServer: who cannot be added is named, with the reason") {
  const TempDir directory;
  const LoneNode n1(directory, "n1");
  const LoneNode full(directory, "full");
  const LoneNode other(directory, "other", {"--cluster.partitions", "64"});
  const LoneNode in_memory(directory, "in_memory", {"--storage.engine", "memory"});
  const ProxyProcess proxy;
  for (const LoneNode* const node : {&n1, &full, &other, &in_memory}) {
    REQUIRE(is_ready_in_time(node->http));
  }
  put_and_get(full.http, full.http, "key");
  CHECK(add_in_time(proxy.http, n1.http).status == 200);
  const auto refused = [&](const std::string& http, int status, const std::string& why) {
    const Added said =
        status == 503 ? add(proxy.http, http) : add_in_time(proxy.http, http);
    CHECK(said.status == status);
    CHECK_MESSAGE(said.body.contains(why), said.body);
  };
  refused(full.http, 409, "full cannot join a cluster: it holds keys");
  refused(other.http, 409, "other has another cluster.n, .partitions");
  refused(in_memory.http, 409, "it keeps nothing on a disk");
  refused(at_free_port(), 503, "does not answer");
  refused("nonsense", 400, "url is a node's HTTP address");
  // A node of another cluster: of two, which another proxy has made.
  const LoneNode a(directory, "a");
  const LoneNode b(directory, "b");
  const ProxyProcess elsewhere("", "elsewhere");
  for (const LoneNode* const node : {&a, &b}) REQUIRE(is_ready_in_time(node->http));
  CHECK(add_in_time(elsewhere.http, a.http).status == 200);
  REQUIRE(is_ready_in_time(elsewhere.http));
  CHECK(add_in_time(elsewhere.http, b.http).status == 200);
  REQUIRE(all_have({a.http, b.http}, 2));
  refused(a.http, 409, "a is in another cluster, with other nodes");
  CHECK(members_at(n1.http) == 1);
  // A node adds nobody itself.
  CHECK(add_in_time(n1.http, a.http).status == 404);
}

TEST_CASE("AddServer: whoever is killed meanwhile, all go on or all go back") {
  // From before the first question to after the last answer.
  const std::vector<int> moments{50, 200, 400, 700};
  for (std::size_t victim = 0; victim < 3; ++victim) {
    for (const int moment : moments) {
      CAPTURE(victim);
      CAPTURE(moment);
      const TempDir directory;
      std::vector<std::unique_ptr<LoneNode>> nodes;
      for (const char* const name : {"n1", "n2", "n3"}) {
        nodes.push_back(std::make_unique<LoneNode>(directory, name));
      }
      const ProxyProcess proxy;
      for (const auto& node : nodes) REQUIRE(is_ready_in_time(node->http));
      REQUIRE(add_in_time(proxy.http, nodes[0]->http).status == 200);
      REQUIRE(is_ready_in_time(proxy.http));
      const Added second = add_in_time(proxy.http, nodes[1]->http);
      REQUIRE_MESSAGE(second.status == 200, second.body);
      REQUIRE(all_have({proxy.http, nodes[0]->http, nodes[1]->http}, 2));
      auto adding =
          std::async(std::launch::async, [&] { (void)add(proxy.http, nodes[2]->http); });
      std::this_thread::sleep_for(std::chrono::milliseconds(moment));
      nodes[victim]->process.kill();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      nodes[victim]->process.start();
      adding.get();
      // Whatever came of it, asking again is all that is to be done.
      Added again;
      const bool is_added = becomes_true([&] {
        again = add(proxy.http, nodes[2]->http);
        return again.status == 200;
      });
      REQUIRE_MESSAGE(is_added, again.body);
      REQUIRE(all_have({proxy.http, nodes[0]->http, nodes[1]->http, nodes[2]->http}, 3));
      for (const auto& node : nodes) REQUIRE(is_ready_in_time(node->http));
      put_and_get(proxy.http, nodes[2]->http, "key");
    }
  }
}
