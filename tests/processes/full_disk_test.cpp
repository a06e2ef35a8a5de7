// A node whose disk is full: it says so at every door, reads on, and takes writes again when
// there is room, without a restart.
#include <filesystem>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/crash/surroundings.hpp"
#include "tests/processes/doors.hpp"
#include "tests/processes/server_processes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using Content = std::map<std::string, std::string>;

constexpr int kPutsMax = 20'000;

// What no compression makes shorter.
std::string noise(Rng& rng, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (char& byte : text) byte = static_cast<char>(rng.below(256));
  return text;
}

// Puts new keys until one is refused; what that said.
std::string fill(OneDoor& door, Rng& rng, Content& acknowledged) {
  for (int i = 0; i < kPutsMax; ++i) {
    const std::string key = "key-" + std::to_string(acknowledged.size());
    const std::string value = noise(rng, 4000);
    const std::string word = door.put(key, value);
    if (word != "ok") return word;
    acknowledged[key] = value;
  }
  return "never full";
}

void check_holds(OneDoor& door, const Content& acknowledged) {
  for (const auto& [key, value] : acknowledged) {
    CAPTURE(key);
    REQUIRE(door.get(key) == OneDoor::Found{.word = "ok", .value = value});
  }
}

bool takes_puts_again(OneDoor& door, Content& acknowledged) {
  return becomes_true([&] {
    if (door.put("again", "yes") != "ok") return false;
    acknowledged["again"] = "yes";
    return true;
  });
}

const std::vector<std::string> kSmallFiles{"--storage.segment_bytes", "64KiB",
                                           "--storage.cache_bytes", "0"};

// The first node's disk is small, and a file takes some of that until it is removed.
struct ClusterOnSmallDisk {
  ClusterOnSmallDisk(std::size_t nodes, std::size_t filler_bytes)
      : filler(file_in(disk.path(), filler_bytes)),
        cluster({.nodes = nodes,
                 .settings = kSmallFiles,
                 .data_dirs = {disk.path() + "/data"}}) {}

  static std::string file_in(const std::string& directory, std::size_t bytes) {
    std::string path = directory + "/filler";
    make_file(path, std::string(bytes, 'x'));
    return path;
  }

  SmallDisk disk{"2m"};
  std::string filler;
  ClusterOfProcesses cluster;
};

}  // namespace

TEST_CASE("abuse: a node with a full disk says so at each door, reads, and recovers") {
  if (!can_mount()) return;
  auto [disk, filler, cluster] = ClusterOnSmallDisk(1, 400 << 10);
  REQUIRE(cluster.wait_until_ready(0));
  Rng rng(11);
  Content acknowledged;
  const auto http = door_named("http", cluster.node(0));
  CHECK(fill(*http, rng, acknowledged) == "disk_full");
  CHECK(acknowledged.size() > 100);
  for (const char* name : kDoorNames) {
    CAPTURE(name);
    const auto door = door_named(name, cluster.node(0));
    CHECK(door->put("refused", noise(rng, 4000)) == "disk_full");
    CHECK(door->get("refused") == OneDoor::Found{.word = "ok"});
    check_holds(*door, acknowledged);
  }
  Client client = cluster.client_of(0);
  const auto stats = client.fetch("/api/v1/cluster/stats");
  REQUIRE(stats);
  CHECK(stats->body.contains("\"disk_full\":true"));
  CHECK(client.fetch("/readyz")->status == 200);
  CHECK(cluster.node(0).server->says("\"msg\":\"the disk is full:"));
  std::filesystem::remove(filler);
  CHECK(takes_puts_again(*http, acknowledged));
  CHECK(cluster.node(0).server->says("\"msg\":\"the disk has room again\""));
  check_holds(*http, acknowledged);
  cluster.node(0).server->kill();
  cluster.node(0).server->start();
  REQUIRE(cluster.wait_until_ready(0));
  check_holds(*http, acknowledged);
  CHECK(http->get("refused") == OneDoor::Found{.word = "ok"});
}

TEST_CASE("abuse: one disk of three is full, and puts go on with the other two") {
  if (!can_mount()) return;
  auto [disk, filler, cluster] = ClusterOnSmallDisk(3, 1 << 20);
  REQUIRE(cluster.wait_until_all_ready());
  Rng rng(12);
  Content acknowledged;
  // Also through the one that has no room, and for twice as much as there would be.
  for (std::size_t i = 0; i < 500; ++i) {
    const std::string key = "key-" + std::to_string(i);
    const std::string value = noise(rng, 4000);
    const auto door = door_named(kDoorNames.at(i % 3), cluster.node(i % 3));
    CAPTURE(key);
    REQUIRE(door->put(key, value) == "ok");
    acknowledged[key] = value;
  }
  Client full = cluster.client_of(0);
  CHECK(full.fetch("/api/v1/cluster/stats")->body.contains("\"disk_full\":true"));
  const auto at_all =
      full.put("all", noise(rng, 4000), {.asked = {.consistency = "all"}});
  REQUIRE_FALSE(at_all);
  CHECK((at_all.error().http_status == 507 || at_all.error().http_status == 503));
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    check_holds(*door_named("grpc", cluster.node(i)), acknowledged);
  }
  std::filesystem::remove(filler);
  CHECK(becomes_true([&] {
    return full.put("all", "x", {.asked = {.consistency = "all"}}).has_value();
  }));
  for (std::size_t i = 0; i < cluster.size(); ++i) cluster.node(i).server->kill();
  for (std::size_t i = 0; i < cluster.size(); ++i) cluster.node(i).server->start();
  REQUIRE(cluster.wait_until_all_ready());
  check_holds(*door_named("resp", cluster.node(0)), acknowledged);
}
