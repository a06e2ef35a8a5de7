// Clients of Redis at a cluster of three: any node, one that is killed, too few.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/resp/raw_client.hpp"
#include "tests/server/three_servers.hpp"

using namespace kv;
using namespace kv::test;

namespace {

std::unique_ptr<resp::Door> door_of(ServerLoop& server) {
  auto door = resp::Door::open(server, {});
  if (!door) FAIL(door.error().detail);
  return *std::move(door);
}

std::string line_of(RawClient& client) {
  std::string line;
  while (!line.ends_with("\r\n")) {
    const std::string byte = client.receive(1);
    REQUIRE(byte.size() == 1);
    line += byte;
  }
  return line;
}

// All keys; cursors of one node are handed to another.
std::multiset<std::string> scan_all(std::vector<RawClient>& clients) {
  std::multiset<std::string> keys;
  std::string cursor = "0";
  for (std::size_t page = 0; page == 0 || cursor != "0"; ++page) {
    RawClient& client = clients[page % clients.size()];
    client.send(command({"SCAN", cursor, "COUNT", "7"}));
    REQUIRE(line_of(client) == "*2\r\n");
    line_of(client);
    cursor = line_of(client);
    cursor.resize(cursor.size() - 2);
    for (std::size_t left = std::stoul(line_of(client).substr(1)); left > 0; --left) {
      line_of(client);
      const std::string key = line_of(client);
      keys.insert(key.substr(0, key.size() - 2));
    }
  }
  return keys;
}

}  // namespace

TEST_CASE(
    "three nodes: what one acknowledges all others read and list, also without one") {
  ThreeServers servers;
  std::vector<std::unique_ptr<resp::Door>> doors;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < 3; ++i) {
    doors.push_back(door_of(servers[i]));
    clients.emplace_back(doors.back()->port());
  }
  std::multiset<std::string> keys;
  const auto put_some = [&](std::size_t nodes) {
    for (int i = 0; i < 60; ++i) {
      const std::string key = "k" + std::to_string(keys.size());
      keys.insert(key);
      RawClient& client = clients[static_cast<std::size_t>(i) % nodes];
      REQUIRE(client.ask(command({"SET", key, key}), 5) == "+OK\r\n");
    }
  };
  put_some(3);
  for (const std::string& key : keys) {
    for (RawClient& client : clients) {
      REQUIRE(client.ask(command({"GET", key}), bulk(key).size()) == bulk(key));
    }
  }
  CHECK(scan_all(clients) == keys);
  clients.pop_back();
  doors.pop_back();
  servers.kill(2);
  put_some(2);
  CHECK(scan_all(clients) == keys);
}

TEST_CASE("three nodes: a client's commands on a key are done in its order") {
  ThreeServers servers;
  const auto door = door_of(servers[1]);
  RawClient client(door->port());
  std::string bytes, answers;
  for (int i = 0; i < 500; ++i) {
    const std::string key = "k" + std::to_string(i % 7);
    const std::string value = std::to_string(i);
    bytes += command({"SET", key, value}) + command({"SET", key, value + "!"}) +
             command({"GET", key});
    answers += "+OK\r\n+OK\r\n" + bulk(value + "!");
    if (i % 5 != 0) continue;
    bytes += command({"DEL", key}) + command({"EXISTS", key});
    answers += ":1\r\n:0\r\n";
  }
  std::thread sender([&] { client.send(bytes); });
  CHECK(client.receive(answers.size()) == answers);
  sender.join();
}

TEST_CASE(
    "one of three alone: a write is unknown, a read has no quorum, and both say so") {
  ThreeServers servers;
  const auto door = door_of(servers[0]);
  RawClient client(door->port());
  REQUIRE(client.ask(command({"SET", "k", "v"}), 5) == "+OK\r\n");
  servers.kill(1);
  servers.kill(2);
  client.send(command({"SET", "k", "w"}) + command({"DEL", "k"}) +
              command({"SCAN", "0"}) + "PING\r\n");
  CHECK(line_of(client).starts_with("-UNKNOWN "));
  for (int i = 0; i < 2; ++i) {
    const std::string said = line_of(client);
    CAPTURE(said);
    CHECK((said.starts_with("-NOQUORUM ") || said.starts_with("-TIMEOUT ")));
  }
  CHECK(line_of(client) == "+PONG\r\n");
}
