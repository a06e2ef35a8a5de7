// A cluster of real nodes: what is put is read, whoever is down as the levels promise.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/clusters.hpp"
#include "tests/storage/numbered_keys.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kNodes{"n1", "n2", "n3"};

NodeStats stats_of(Cluster& cluster, const std::string& node) {
  for (NodeStats& stats : cluster.stats()) {
    if (stats.name == node) return stats;
  }
  FAIL("no such node");
  return {};
}

}  // namespace

TEST_CASE("what is put is read, and gone once it is erased, at every level") {
  for (const std::size_t loops : {1U, 3U}) {
    CAPTURE(loops);
    const TemporaryDirectory directory;
    ClusterOptions options = quick_options();
    options.loops = loops;
    const auto cluster = open_in(directory.path() + "/c", options);
    for (const Level at : {Level::one, Level::quorum, Level::all, Level::linearizable}) {
      const std::string key = "level-" + std::to_string(static_cast<int>(at));
      CAPTURE(key);
      // One copy of a write is seen by a read of all.
      const Level read_at = at == Level::one ? Level::all : at;
      const auto put = cluster->put(key, "first", level(at));
      CHECK_MESSAGE(put.ok(), put.detail);
      CHECK(put.answers >= put.needed);
      CHECK(put.version.counter == 1);
      CHECK(text_of(cluster->get(key, read_level(read_at))) == "first");
      CHECK(cluster->put(key, "second", level(at)).ok());
      CHECK(text_of(cluster->get(key, read_level(read_at))) == "second");
      CHECK(cluster->erase(key, level(at)).ok());
      CHECK(text_of(cluster->get(key, read_level(read_at))) == "-");
    }
    CHECK(text_of(cluster->get("never put")) == "-");
  }
}

TEST_CASE("every node coordinates, and five nodes keep three copies") {
  const TemporaryDirectory directory;
  ClusterOptions options = quick_options();
  options.nodes = {
      {.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}, {.name = "e"}};
  options.loops = 5;
  const auto cluster = open_in(directory.path() + "/c", options);
  for (int i = 0; i < 50; ++i) {
    for (const Newcomer& node : options.nodes) {
      PutOptions how;
      how.via = node.name;
      REQUIRE(cluster->put(key_of(i), node.name + std::to_string(i), how).ok());
      for (const Newcomer& other : options.nodes) {
        CHECK(text_of(cluster->get(key_of(i), {.via = other.name})) ==
              node.name + std::to_string(i));
      }
    }
    CHECK(cluster->owners(key_of(i)).size() == 3);
  }
}

TEST_CASE("what a request cannot be is refused") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  const auto too_long = cluster->put(std::string(5000, 'k'), "value");
  CHECK(too_long.outcome == Outcome::refused);
  CHECK(too_long.trouble == Trouble::too_large);
  PutOptions elsewhere;
  elsewhere.via = "n9";
  CHECK(cluster->put("key", "value", elsewhere).outcome == Outcome::refused);
  PutOptions four;
  four.consistency.answers = 4;
  CHECK(cluster->put("key", "value", four).trouble == Trouble::bad_request);
  CHECK_FALSE(cluster->kill("n9").has_value());
  CHECK(text_of(cluster->get("key")) == "-");
}

TEST_CASE("a value longer than a segment is kept, in one of its own") {
  const TemporaryDirectory directory;
  ClusterOptions options = quick_options();
  options.segment_bytes = std::uint64_t{64} << 10;
  options.compression.on = false;
  const auto cluster = open_in(directory.path() + "/c", options);
  const std::string large(std::size_t{300} << 10, 'x');
  for (int i = 0; i < 10; ++i) {
    const auto put = cluster->put(key_of(i), large, level(Level::all));
    CHECK_MESSAGE(put.ok(), put.detail);
  }
  CHECK(text_of(cluster->get(key_of(3))) == large);
}

TEST_CASE("while one of three is down two copies are enough, and three are not") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  REQUIRE(cluster->put("key", "before", level(Level::all)).ok());
  for (const std::string& node : kNodes) {
    CAPTURE(node);
    REQUIRE(cluster->kill(node).has_value());
    for (int i = 0; i < 20; ++i) {
      const auto put = cluster->put(key_of(i), node);
      CHECK_MESSAGE(put.ok(), put.detail);
      CHECK(text_of(cluster->get(key_of(i))) == node);
    }
    const auto begin = std::chrono::steady_clock::now();
    PutOptions all = level(Level::all);
    all.timeout = 10s;
    const auto put = cluster->put("key", node, all);
    // Two have it, so it is not "refused"; and it is said at once, as the third is known to
    // be down.
    CHECK(put.outcome == Outcome::unknown);
    CHECK(put.trouble == Trouble::not_reached);
    CHECK(cluster->get("key", read_level(Level::all)).outcome == Outcome::unknown);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    start_and_wait(*cluster, node);
  }
}

TEST_CASE("with two of three down nothing is promised, and one is enough for level one") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  REQUIRE(cluster->put("key", "value", level(Level::all)).ok());
  REQUIRE(cluster->kill("n1").has_value());
  REQUIRE(cluster->kill("n3").has_value());
  CHECK(cluster->put("key", "lost?").outcome == Outcome::unknown);
  CHECK(cluster->get("key").outcome == Outcome::unknown);
  CHECK(cluster->get("key", read_level(Level::one)).ok());
  REQUIRE(cluster->kill("n2").has_value());
  const auto put = cluster->put("key", "nowhere");
  CHECK(put.outcome == Outcome::refused);
  CHECK(put.trouble == Trouble::not_ready);
}

TEST_CASE(
    "a node that was down asks its peers who it was, and a read of all repairs it") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  REQUIRE(cluster->put("key", "old", level(Level::all)).ok());
  REQUIRE(cluster->kill("n2").has_value());
  REQUIRE(cluster->put("key", "new").ok());
  start_and_wait(*cluster, "n2");
  CHECK(text_of(cluster->get("key", read_level(Level::all))) == "new");
  // The repair is on its way; a read of n2 alone sees it in the end.
  REQUIRE(cluster->kill("n1").has_value());
  REQUIRE(cluster->kill("n3").has_value());
  GetOptions alone = read_level(Level::one);
  alone.via = "n2";
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  std::string seen;
  while (seen != "new" && std::chrono::steady_clock::now() < give_up) {
    seen = text_of(cluster->get("key", alone));
  }
  CHECK(seen == "new");
}

TEST_CASE("a node that lost its disk counts only once it has it all again") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/c";
  for (const bool in_time : {true, false}) {
    CAPTURE(in_time);
    const auto cluster = open_in(path);
    for (int i = 0; i < 300; ++i) REQUIRE(cluster->put(key_of(i), "value").ok());
    REQUIRE(cluster->kill("n1").has_value());
    std::filesystem::remove_all(path + "/n1");
    if (!in_time) {
      // Started, and killed before it can ask anybody: it must not forget what it lacks.
      for (const char* const node : {"n2", "n3"}) {
        REQUIRE(cluster->kill(node).has_value());
      }
      REQUIRE(cluster->start("n1").has_value());
      REQUIRE(cluster->kill("n1").has_value());
      for (const char* const node : {"n2", "n3"}) {
        REQUIRE(cluster->start(node).has_value());
      }
    }
    start_and_wait(*cluster, "n1");
    CHECK(stats_of(*cluster, "n1").keys == 300);
    // With what n1 copied, and one other, nothing is missing.
    REQUIRE(cluster->kill("n3").has_value());
    for (int i = 0; i < 300; ++i) CHECK(text_of(cluster->get(key_of(i))) == "value");
  }
}

TEST_CASE("a node gets everything again though what it holds lies in files") {
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    CAPTURE(static_cast<int>(policy));
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/c";
    ClusterOptions options = quick_options();
    options.policy = policy;
    options.cache_bytes = 1000;  // next to nothing
    const auto cluster = open_in(path, options);
    const std::string value(400, 'v');
    for (int i = 0; i < 200; ++i) {
      PutOptions how;
      how.id = RequestId{static_cast<std::uint64_t>(i) + 1};
      REQUIRE(cluster->put(key_of(i), value, how).ok());
    }
    REQUIRE(cluster->kill("n1").has_value());
    std::filesystem::remove_all(path + "/n1");
    start_and_wait(*cluster, "n1");
    CHECK(stats_of(*cluster, "n1").keys == 200);
    REQUIRE(cluster->kill("n3").has_value());
    for (int i = 0; i < 200; ++i) CHECK(text_of(cluster->get(key_of(i))) == value);
  }
}

TEST_CASE("after all were killed, or stopped, all that was acknowledged is there") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/c";
  int written = 0;
  for (const bool is_kill : {true, false, true, false}) {
    CAPTURE(is_kill);
    const auto cluster = open_in(path);
    for (int i = 0; i < written; ++i) {
      REQUIRE(text_of(cluster->get(key_of(i))) == std::to_string(i));
    }
    for (int i = 0; i < 100; ++i, ++written) {
      REQUIRE(cluster->put(key_of(written), std::to_string(written)).ok());
    }
    for (const std::string& node : kNodes) {
      REQUIRE((is_kill ? cluster->kill(node) : cluster->stop(node)).has_value());
    }
    for (const std::string& node : kNodes) REQUIRE(cluster->start(node).has_value());
    for (const std::string& node : kNodes) wait_until_whole(*cluster, node);
    for (int i = 0; i < written; ++i) {
      REQUIRE(text_of(cluster->get(key_of(i))) == std::to_string(i));
    }
  }
}

TEST_CASE("a cluster is opened as it was founded") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/c";
  {
    CHECK(open_in(path)->put("key", "value").ok());
  }
  ClusterOptions other = quick_options();
  other.nodes.push_back({.name = "n4"});
  const auto refused = Cluster::open(path, other);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::bad_usage);
  other = quick_options();
  other.partitions = 32;
  CHECK_FALSE(Cluster::open(path, other).has_value());
  CHECK(text_of(open_in(path)->get("key")) == "value");
}

TEST_CASE("two are open at once, and one directory is one cluster's") {
  const TemporaryDirectory directory;
  const auto one = open_in(directory.path() + "/one");
  const auto other = open_in(directory.path() + "/other");
  const auto again = Cluster::open(directory.path() + "/one", quick_options());
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == Errc::locked);
}

TEST_CASE("in memory: a node that comes back gets everything from the others") {
  const auto opened = Cluster::open_in_memory(quick_options());
  REQUIRE(opened.has_value());
  Cluster& cluster = **opened;
  for (int i = 0; i < 100; ++i) REQUIRE(cluster.put(key_of(i), "value").ok());
  for (const std::string& node : kNodes) {
    REQUIRE(cluster.kill(node).has_value());
    start_and_wait(cluster, node);
    CHECK(stats_of(cluster, node).keys == 100);
  }
  for (int i = 0; i < 100; ++i) CHECK(text_of(cluster.get(key_of(i))) == "value");
}

TEST_CASE("siblings: two puts with one context are two values, until one has seen both") {
  const TemporaryDirectory directory;
  ClusterOptions options = quick_options();
  options.policy = Policy::siblings;
  const auto cluster = open_in(directory.path() + "/c", options);
  REQUIRE(cluster->put("cart", "milk").ok());
  const auto seen = cluster->get("cart");
  PutOptions how;
  how.context = seen.context;
  CHECK(cluster->put("cart", "milk, eggs", how).ok());
  CHECK(cluster->put("cart", "milk, flour", how).ok());
  auto both = cluster->get("cart");
  std::ranges::sort(both.values);
  CHECK(text_of(both) == "milk, eggs|milk, flour");
  how.context = both.context;
  const auto joined = cluster->put("cart", "milk, eggs, flour", how);
  CHECK(joined.ok());
  CHECK_FALSE(joined.context.empty());
  CHECK(text_of(cluster->get("cart")) == "milk, eggs, flour");
  CHECK(cluster->put("cart", "x", level(Level::linearizable)).outcome ==
        Outcome::refused);
}

TEST_CASE("a retry with the same id is one write") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  PutOptions how;
  how.id = RequestId{42};
  const auto first = cluster->put("key", "value", how);
  REQUIRE(first.ok());
  REQUIRE(cluster->put("key", "later").ok());
  const auto retry = cluster->put("key", "value", how);
  CHECK(retry.ok());
  CHECK(retry.version == first.version);
  CHECK(text_of(cluster->get("key")) == "later");
}

TEST_CASE("a value whose time is over is not read") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  PutOptions how;
  how.ttl = 1ms;
  REQUIRE(cluster->put("short", "value", how).ok());
  how.ttl = 1h;
  REQUIRE(cluster->put("long", "value", how).ok());
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  std::string seen = "value";
  while (seen != "-" && std::chrono::steady_clock::now() < give_up) {
    seen = text_of(cluster->get("short"));
  }
  CHECK(seen == "-");
  CHECK(text_of(cluster->get("long")) == "value");
}
