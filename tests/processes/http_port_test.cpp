// The HTTP port of a server process: who gets in, and who has come to another port.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/processes/server_processes.hpp"
#include "v4_replicated_kv/client/http_connection.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("serve: by a name that is none of its own, nobody is let in") {
  const TempDir dir;
  const std::string port = std::to_string(free_port());
  ServerProcess server({"--data-dir", dir.path() + "/data", "--http", "localhost:" + port,
                        "--grpc", at_free_port()});
  REQUIRE(server.says("\"stage\":\"whole\""));
  const auto status_by = [&](const std::string& name) {
    HttpConnection connection;
    const auto answer = connection.send(
        {.url = "http://localhost:" + port + "/healthz", .headers = {"Host: " + name}});
    REQUIRE(answer);
    return answer->status;
  };
  CHECK(status_by("localhost:" + port) == 200);
  CHECK(status_by("127.0.0.1:" + port) == 200);
  CHECK(status_by("evil.example:" + port) == 403);
}

TEST_CASE("serve: while it waits for its seeds it lives, is not ready, and says why") {
  const TempDir dir;
  const std::string http = at_free_port();
  const std::string grpc = at_free_port();
  const std::string seed = at_free_port();
  const std::string seeds = grpc + "," + seed;
  ServerProcess node({"--id", "node1", "--data-dir", dir.path() + "/1", "--http", http,
                      "--grpc", grpc, "--seeds", seeds});
  Client client({.endpoints = {http}});
  const auto lives = [&] { return client.fetch("/healthz").has_value(); };
  REQUIRE(becomes_true(lives));
  CHECK(node.stop() == "ended with status 0");
  node.start();
  REQUIRE(becomes_true(lives));
  const auto check_not_ready = [](const auto& answer) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().http_status == 503);
    CHECK(answer.error().code == "not_ready");
    CHECK_FALSE(answer.error().is_unknown);
  };
  const auto ready = client.fetch("/readyz");
  check_not_ready(ready);
  CHECK(ready.error().detail.contains("it waits for an answer from " + seed));
  for (const std::string path :
       {"/api/v1/cluster/health", "/api/v1/cluster/stats", "/api/v1/cluster/nodes",
        "/api/v1/cluster/ring", "/api/v1/keys"}) {
    CAPTURE(path);
    check_not_ready(client.fetch(path));
  }
  check_not_ready(client.put("cart", "apples"));
  check_not_ready(client.get("cart"));
  ServerProcess other({"--id", "node2", "--data-dir", dir.path() + "/2", "--http",
                       at_free_port(), "--grpc", seed, "--seeds", seeds});
  REQUIRE(is_ready_in_time(http));
  CHECK(client.put("cart", "apples"));
  // The same door all the time, told of once.
  const std::string listening = R"("door":"http","address":")" + http;
  CHECK(node.said().contains(listening));
  CHECK(node.said().find(listening) == node.said().rfind(listening));
}

TEST_CASE("kv, admin: at a port of another protocol, it says which one they need") {
  const TempDir dir;
  const std::string grpc = at_free_port();
  const std::string resp = at_free_port();
  ServerProcess server({"--data-dir", dir.path() + "/data", "--http", at_free_port(),
                        "--grpc", grpc, "--resp", resp});
  REQUIRE(server.says("\"stage\":\"whole\""));
  for (const std::string& port : {grpc, resp}) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"kv", "get", "cart"}, {"admin", "status"}}) {
      std::vector<std::string> all{"v4_replicated_kv"};
      all.insert(all.end(), words.begin(), words.end());
      all.insert(all.end(), {"--endpoint", port});
      const ProgramEnd ended = run_program(all);
      CAPTURE(ended.err);
      CHECK(ended.status == 1);
      CHECK(ended.err.contains(port));
      CHECK(ended.err.contains("speaks no HTTP"));
      CHECK(ended.err.contains("Give the address of listen.http (--endpoint)"));
    }
  }
}
