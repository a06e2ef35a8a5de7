// One server process: how it starts, what it refuses, how it ends.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

void check_refused(const std::vector<std::string>& words, int status,
                   const std::string& part) {
  std::vector<std::string> all{"v4_replicated_kv", "serve"};
  all.insert(all.end(), words.begin(), words.end());
  const ProgramEnd outcome = run_program(all);
  CAPTURE(outcome.err);
  CHECK(outcome.status == status);
  CHECK(outcome.err.contains(part));
  // Lines of the log, and one of the program: none that a library writes.
  for (const std::string& line : lines_of(outcome.err)) {
    CHECK((line.starts_with("{") || line.starts_with("v4_replicated_kv serve: ")));
  }
}

}  // namespace

TEST_CASE("serve: a directory and an address are enough, and SIGTERM ends it in order") {
  const TempDir dir;
  const std::string http = at_free_port();
  const std::string grpc = at_free_port();
  ServerProcess server(
      {"--data-dir", dir.path() + "/data", "--http", http, "--grpc", grpc});
  Client client({.endpoints = {http}});
  REQUIRE(server.says("\"stage\":\"whole\""));
  CHECK(server.said().contains(R"("door":"http","address":")" + http));
  CHECK(server.said().contains(R"("door":"grpc","address":")" + grpc));
  const std::string binary("\0\xFF%/\n", 5);
  const auto put = client.put(binary, "apples");
  REQUIRE(put);
  CHECK(put->n == 1);
  CHECK(server.stop() == "ended with status 0");
  CHECK(server.said().contains("\"msg\":\"stopped\""));
  std::size_t begin = 0;
  for (auto end = server.said().find('\n'); end != std::string::npos;
       end = server.said().find('\n', begin)) {
    const std::string line = server.said().substr(begin, end - begin);
    CAPTURE(line);
    CHECK(nlohmann::json::accept(line));
    begin = end + 1;
  }
  server.start();
  REQUIRE(server.says("\"stage\":\"whole\""));
  const auto found = client.get(binary);
  REQUIRE(found);
  CHECK(found->values == std::vector<std::string>{"apples"});
}

TEST_CASE("kv batch: it says which line cannot be read, and that it went no further") {
  const TempDir dir;
  const std::string http = at_free_port();
  ServerProcess server(
      {"--data-dir", dir.path() + "/data", "--http", http, "--grpc", at_free_port()});
  REQUIRE(server.says("\"stage\":\"whole\""));
  const std::string lines = dir.path() + "/lines";
  for (const auto& [third, why] : std::vector<std::pair<std::string, std::string>>{
           {"FOO,c,", "line 3: FOO: a line begins with SET, DEL, GET or #"},
           {"GET", "line 3: has 1 columns"},
           {"\n", "line 3: \"\": a line begins with SET, DEL, GET or #"}}) {
    std::ofstream(lines) << "SET,a,YQ==\nGET,a,\n" << third << "\nSET,b,Yg==\n";
    const ProgramEnd outcome =
        run_program({"v4_replicated_kv", "kv", "batch", lines, "--endpoint", http});
    CAPTURE(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.out == "SET,a,YQ==\n");
    CHECK(outcome.err.contains(why));
    CHECK(outcome.err.contains("nothing was done from this line on"));
    Client client({.endpoints = {http}});
    CHECK(value_of(client, "b") == "nothing");
  }
}

TEST_CASE("serve: a key has as many siblings as the settings say, and no more") {
  for (const auto& [words, most] :
       std::vector<std::pair<std::vector<std::string>, std::size_t>>{
           {{"--replication.siblings_max", "3"}, 3}, {{}, 32}}) {
    const TempDir dir;
    const std::string http = at_free_port();
    std::vector<std::string> all{
        "--data-dir",   dir.path() + "/data", "--http",  http, "--grpc",
        at_free_port(), "--cluster.conflict", "siblings"};
    all.insert(all.end(), words.begin(), words.end());
    ServerProcess server(all);
    REQUIRE(server.says("\"stage\":\"whole\""));
    Client client({.endpoints = {http}});
    const auto seen = client.put("cart", "apples");
    REQUIRE(seen);
    const auto attempt = [&](std::size_t i) {
      return client.put("cart", std::to_string(i), {.context = seen->context});
    };
    for (std::size_t i = 0; i < most; ++i) REQUIRE(attempt(i));
    const auto beyond = attempt(most);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().http_status == 409);
    CHECK(beyond.error().detail.contains("may have " + std::to_string(most)));
    const auto found = client.get("cart");
    REQUIRE(found);
    CHECK(found->values.size() == most);
  }
}

TEST_CASE("serve: what it cannot do is one line, and the reason") {
  const TempDir dir;
  const std::string data = dir.path() + "/data";
  check_refused({"--no-such-flag", "1"}, 2, "--no-such-flag");
  check_refused({"--config", dir.file("node.yaml", "cluster:\n  vnods: 7\n")}, 1,
                "node.yaml:2");
  check_refused({"--config", dir.path() + "/none.yaml"}, 1, "none.yaml");
  const std::string http = at_free_port();
  const std::string grpc = at_free_port();
  ServerProcess server({"--data-dir", data, "--http", http, "--grpc", grpc});
  REQUIRE(server.says("\"stage\":\"whole\""));
  check_refused(
      {"--data-dir", dir.path() + "/other", "--http", at_free_port(), "--grpc", grpc}, 1,
      "listen.grpc " + grpc);
  check_refused({"--data-dir", data, "--http", at_free_port(), "--grpc", at_free_port()},
                1, "data");
  check_refused(
      {"--data-dir", dir.path() + "/other", "--http", http, "--grpc", at_free_port()}, 1,
      http.substr(http.find(':') + 1));
  check_refused({"--data-dir", "/proc/none/data", "--http", at_free_port(), "--grpc",
                 at_free_port()},
                1, "/proc/none");
}

TEST_CASE("serve: what `wal import` made is no server's, and it says what to do") {
  const TempDir dir;
  const std::string data = dir.path() + "/data";
  const ProgramEnd made = run_program(
      {"v4_replicated_kv", "wal", "import", data, dir.file("lines", "SET,a,YQ==\n")});
  REQUIRE(made.status == 0);
  check_refused(
      {"--data-dir", data, "--http", at_free_port(), "--grpc", at_free_port()}, 1,
      "Start in an empty one, and bring in what `wal dump` prints of this by `kv batch`");
}

TEST_CASE("serve: limits on keys and values hold at every door") {
  const TempDir dir;
  // The keys of a bench have 16 bytes.
  for (const bool is_key_too_long : {false, true}) {
    CAPTURE(is_key_too_long);
    const std::string http = at_free_port();
    const std::string grpc = at_free_port();
    const std::string resp = at_free_port();
    ServerProcess server({"--data-dir", dir.path() + (is_key_too_long ? "/a" : "/b"),
                          "--http", http, "--grpc", grpc, "--resp", resp,
                          "--limits.key_bytes_max", is_key_too_long ? "15" : "16",
                          "--limits.value_bytes_max", "40"});
    REQUIRE(server.says("\"stage\":\"whole\""));
    const auto load = [](const std::string& protocol, const std::string& at, int bytes) {
      return run_program({"v4_replicated_kv", "bench", "--protocol", protocol,
                          "--endpoint", at, "--workload", "put", "--load", "--keys", "3",
                          "--value-bytes", std::to_string(bytes), "--seconds", "0"});
    };
    for (const auto& [protocol, at] :
         {std::pair{"http", http}, std::pair{"grpc", grpc}, std::pair{"resp", resp}}) {
      CAPTURE(protocol);
      const ProgramEnd within = load(protocol, at, 40);
      CAPTURE(within.err);
      CHECK(within.status == (is_key_too_long ? 1 : 0));
      if (!is_key_too_long) CHECK(load(protocol, at, 41).status == 1);
    }
  }
}

TEST_CASE("serve: kill -9 and a restart keep what was acknowledged") {
  const TempDir dir;
  const std::string http = at_free_port();
  ServerProcess server(
      {"--data-dir", dir.path() + "/data", "--http", http, "--grpc", at_free_port()});
  Client client({.endpoints = {http}});
  REQUIRE(server.says("\"stage\":\"whole\""));
  for (int i = 0; i < 20; ++i) {
    REQUIRE(client.put("key" + std::to_string(i), std::to_string(i)));
  }
  server.kill();
  server.start();
  REQUIRE(server.says("\"stage\":\"whole\""));
  for (int i = 0; i < 20; ++i) {
    const auto found = client.get("key" + std::to_string(i));
    REQUIRE(found);
    CHECK(found->values == std::vector<std::string>{std::to_string(i)});
  }
}

TEST_CASE("serve: a directory of another node, or of another cluster, is refused") {
  const TempDir dir;
  const std::string data = dir.path() + "/data";
  const std::vector<std::string> usual{"--data-dir",   data,     "--http",
                                       at_free_port(), "--grpc", at_free_port()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), usual.begin(), usual.end());
    return more;
  };
  {
    ServerProcess first(with({"--cluster.partitions", "64"}));
    REQUIRE(first.says("\"stage\":\"whole\""));
    CHECK(first.stop() == "ended with status 0");
  }
  check_refused(with({"--id", "node9"}), 1,
                "node.id: node9, but " + data + " is the directory of node1;");
  check_refused(
      with({"--cluster.partitions", "128"}), 1,
      "cluster.partitions: 128, but the cluster of " + data + " was founded with 64,");
  check_refused(with({"--cluster.conflict", "siblings"}), 1,
                "cluster.conflict: siblings, but the cluster of " + data +
                    " was founded with last_write_wins,");
  check_refused(with({"--storage.engine", "memory"}), 1,
                "storage.engine: memory, but " + data + " holds a node's log,");
  // More copies than nodes are as many as nodes, whatever was asked for; and that is said.
  ServerProcess again(with({"--cluster.n", "5"}));
  REQUIRE(again.says("\"stage\":\"whole\""));
  CHECK(again.says("keeps fewer copies of a key than cluster.n"));
  CHECK(again.says(R"("cluster_n":5,"copies":1)"));
  CHECK(again.says(R"("key":"cluster.partitions","default":"4096","in_force":"64")"));
}

TEST_CASE("cluster: it is not ready because somebody else's server is") {
  const TempDir dir;
  const std::string http = at_free_port();
  ServerProcess other({"--storage.engine", "memory", "--data-dir", dir.path() + "/other",
                       "--http", http, "--grpc", at_free_port()});
  REQUIRE(other.says("\"stage\":\"whole\""));
  const auto port_of = [](const std::string& address) {
    return std::to_string(port_in(address));
  };
  const ProgramEnd outcome =
      run_program({"v4_replicated_kv", "cluster", "--nodes", "1", "--data-dir",
                   dir.path() + "/own", "--http-base", port_of(http), "--grpc-base",
                   port_of(at_free_port()), "--resp-base", port_of(at_free_port())});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.contains(http + ": a server is there already"));
  CHECK(!outcome.out.contains("ready after"));
}

TEST_CASE("serve: a port that somebody has leaves no cluster behind on the disk") {
  const TempDir dir;
  const std::string http = at_free_port();
  ServerProcess other(
      {"--data-dir", dir.path() + "/other", "--http", http, "--grpc", at_free_port()});
  REQUIRE(other.says("\"stage\":\"whole\""));
  const std::string data = dir.path() + "/data";
  check_refused({"--data-dir", data, "--http", http, "--grpc", at_free_port()}, 1,
                "listen.http: cannot listen on " + http);
  check_refused({"--data-dir", data, "--http", at_free_port(), "--grpc", at_free_port(),
                 "--resp", http},
                1, "listen.resp: cannot listen on " + http);
  CHECK(!std::filesystem::exists(data + "/IDENTITY"));
}

TEST_CASE("serve: a node that is alone, though its seeds name others, says so") {
  const TempDir dir;
  const std::string grpc = at_free_port();
  const std::string other = at_free_port();
  const std::vector<std::string> words{
      "--data-dir", dir.path() + "/data", "--http", at_free_port(), "--grpc", grpc};
  REQUIRE(ServerProcess(words).says("\"stage\":\"whole\""));
  const std::string complaint = "is in a cluster by itself, though its seeds name others";
  for (const bool names_others : {false, true}) {
    CAPTURE(names_others);
    std::vector<std::string> again = words;
    again.insert(again.end(), {"--seeds", names_others ? grpc + "," + other : grpc});
    ServerProcess server(again);
    REQUIRE(server.says("\"stage\":\"whole\""));
    CHECK(server.said().contains(complaint) == names_others);
    CHECK(server.said().contains("\"seeds\":\"" + other + "\"") == names_others);
  }
}

TEST_CASE("serve: a damaged record is in the log once somebody asks for it") {
  const TempDir dir;
  const std::string data = dir.path() + "/data";
  const std::string http = at_free_port();
  ServerProcess server({"--data-dir", data, "--http", http, "--grpc", at_free_port()});
  Client client({.endpoints = {http}});
  REQUIRE(server.says("\"stage\":\"whole\""));
  const std::string value(600, 'v');
  REQUIRE(client.put("key", value));
  CHECK(server.stop() == "ended with status 0");
  std::string found;
  for (const auto& file : std::filesystem::directory_iterator(data)) {
    std::string bytes = read_file(file.path());
    const auto at = bytes.find(value);
    if (at == std::string::npos) continue;
    bytes.at(at + value.size() / 2) ^= 1;
    make_file(file.path(), bytes);
    found = file.path().filename();
  }
  REQUIRE(!found.empty());
  server.start();
  REQUIRE(server.says("\"stage\":\"whole\""));
  CHECK(!client.get("key"));
  CHECK(server.says("\"msg\":\"the log is damaged:"));
  CHECK(server.says(found));
}

TEST_CASE("serve: alone, a node whose segments are gone does not begin with nothing") {
  const TempDir dir;
  const std::string data = dir.path() + "/data";
  const std::vector<std::string> words{"--data-dir",   data,     "--http",
                                       at_free_port(), "--grpc", at_free_port()};
  ServerProcess server(words);
  REQUIRE(server.says("\"stage\":\"whole\""));
  REQUIRE(Client({.endpoints = {words.at(3)}}).put("key", "value"));
  CHECK(server.stop() == "ended with status 0");
  CHECK(std::filesystem::remove(data + "/segment-00000001.log"));
  // Each time, not only the first.
  for (int i = 0; i < 2; ++i) {
    check_refused(words, 1, data + ": segment-00000001.log at offset 0: its hint knows");
  }
}
