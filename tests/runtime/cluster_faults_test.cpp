// Nodes that hang, are slow or cut off, and disks that are full or broken: the others go on.
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/clusters.hpp"
#include "tests/storage/gated_disk.hpp"
#include "tests/storage/numbered_keys.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

// Simulated disks of nodes n1, n2 and n3.
struct Platters {
  std::vector<std::shared_ptr<SimulatedPlatter>> all{
      std::make_shared<SimulatedPlatter>(1), std::make_shared<SimulatedPlatter>(2),
      std::make_shared<SimulatedPlatter>(3)};

  [[nodiscard]] SimulatedPlatter& of(std::size_t node) const { return *all.at(node - 1); }

  [[nodiscard]] Cluster::OpenDisk opener() const {
    return [copy = all](const std::string& node) {
      return open_simulated_disk(copy.at(static_cast<std::size_t>(node.at(1) - '1')));
    };
  }
};

NodeStats stats_of(Cluster& cluster, std::size_t node) {
  return cluster.stats().at(node - 1);
}

// A node whose disk has room again needs a moment to make a file for its log.
bool all_store_in_the_end(Cluster& cluster, const std::string& value) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    if (cluster.put("key", value, level(Level::all)).ok()) return true;
  }
  return false;
}

}  // namespace

TEST_CASE(
    "a node that hangs makes a read of all wait, and it is answered once it goes on") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  REQUIRE(cluster->put("key", "value", level(Level::all)).ok());
  REQUIRE(cluster->pause("n3").has_value());
  CHECK(stats_of(*cluster, 3).is_paused);
  PutOptions brief = level(Level::all);
  brief.via = "n1";
  brief.timeout = 100ms;
  const auto put = cluster->put("key", "half way", brief);
  CHECK(put.outcome == Outcome::unknown);
  CHECK(put.trouble == Trouble::timed_out);
  brief.via = "n3";
  CHECK(cluster->put("key", "nobody hears", brief).outcome == Outcome::unknown);

  GetOptions all = read_level(Level::all);
  all.via = "n1";
  ReadAnswer answer;
  std::jthread reader([&] { answer = cluster->get("key", all); });
  REQUIRE(cluster->resume("n3").has_value());
  reader.join();
  CHECK(answer.ok());
  CHECK(cluster->put("key", "all well", level(Level::all)).ok());
  CHECK(text_of(cluster->get("key")) == "all well");
}

TEST_CASE("a node that is being stopped is not paused: the stop comes to its end") {
  const auto gate = std::make_shared<Gate>();
  const Platters platters;
  const auto cluster = open_with(
      [&, open = platters.opener()](
          const std::string& node) -> Result<std::unique_ptr<Disk>> {
        auto disk = open(node);
        if (!disk || node != "n1") return disk;
        return std::make_unique<GatedDisk>(*std::move(disk), Gates{.syncs = gate});
      },
      quick_options());
  REQUIRE(cluster->put("key", "value", level(Level::all)).ok());
  gate->shut();
  const std::uint64_t before = gate->arrived();
  REQUIRE(cluster->put("key", "of two", {.via = "n2"}).ok());
  gate->wait_for_arrivals(before + 1);  // its log is busy now, and a stop waits for it
  auto stopped = std::async(std::launch::async, [&] { return cluster->stop("n1"); });
  PutOptions there;
  there.via = "n1";
  there.timeout = 100ms;
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  Outcome outcome = Outcome::unknown;  // until the stop has begun
  while (outcome != Outcome::refused && std::chrono::steady_clock::now() < give_up) {
    outcome = cluster->put("key", "too late", there).outcome;
  }
  CHECK(outcome == Outcome::refused);
  CHECK(cluster->pause("n1").has_value());
  CHECK_FALSE(stats_of(*cluster, 1).is_paused);
  gate->open();
  CHECK(stopped.wait_for(10s) == std::future_status::ready);
  REQUIRE(cluster->resume("n1").has_value());  // so that this test ends if that does not
}

TEST_CASE(
    "what waits for a node that hangs, or on a slow cable, is so much and no more") {
  constexpr std::size_t kRoom = 16384;  // of each kind
  constexpr int kPuts = 20000;
  auto opened = Cluster::open_in_memory(quick_options());
  REQUIRE(opened.has_value());
  Cluster& cluster = **opened;
  PutOptions two;
  two.via = "n1";
  const auto put_all = [&] {
    for (int i = 0; i < kPuts; ++i) {
      REQUIRE(cluster.put(key_of(i % 100), std::to_string(i), two).ok());
    }
  };
  SUBCASE("it hangs") {
    REQUIRE(cluster.pause("n3").has_value());
    put_all();
    CHECK(stats_of(cluster, 3).held == kRoom);
    REQUIRE(cluster.resume("n3").has_value());
    CHECK(stats_of(cluster, 3).held == 0);
  }
  SUBCASE("it is slow") {
    REQUIRE(cluster.slow_down("n3", 1h).has_value());
    put_all();
    CHECK(stats_of(cluster, 3).late == kRoom);
    REQUIRE(cluster.slow_down("n3", 0ms).has_value());
  }
  // What was lost is asked for again, and what waited is not in the way of what is new.
  for (int i = 0; i < 100; ++i) {
    CHECK(cluster.put(key_of(i), "well", level(Level::all)).ok());
    CHECK(text_of(cluster.get(key_of(i), read_level(Level::all))) == "well");
  }
}

TEST_CASE("a slow node is not waited for by those who need two") {
  const TemporaryDirectory directory;
  ClusterOptions options = quick_options();
  options.repair_one_in = 0;
  const auto cluster = open_in(directory.path() + "/c", options);
  REQUIRE(cluster->slow_down("n3", 300ms).has_value());
  PutOptions via_first;
  via_first.via = "n1";
  const auto begin = std::chrono::steady_clock::now();
  CHECK(cluster->put("key", "fast", via_first).answers == 2);
  via_first.consistency.level = Level::all;
  CHECK(cluster->put("key", "slow", via_first).ok());
  CHECK(std::chrono::steady_clock::now() - begin >= 300ms);
  REQUIRE(cluster->slow_down("n3", 0ms).has_value());
  CHECK(cluster->put("key", "well", via_first).ok());
}

TEST_CASE("behind a cut cable: a majority goes on, and the one alone says so in time") {
  const TemporaryDirectory directory;
  const auto cluster = open_in(directory.path() + "/c");
  REQUIRE(cluster->cut("n3", "n1").has_value());
  REQUIRE(cluster->cut("n3", "n2").has_value());
  PutOptions how;
  how.via = "n1";
  CHECK(cluster->put("key", "of two", how).ok());
  how.via = "n3";
  how.timeout = 200ms;
  const auto alone = cluster->put("key", "of one", how);
  CHECK(alone.outcome == Outcome::unknown);
  CHECK(alone.trouble == Trouble::timed_out);
  CHECK(cluster->get("key", {.via = "n3", .timeout = 200ms}).outcome == Outcome::unknown);
  REQUIRE(cluster->mend("n3", "n1").has_value());
  how.timeout.reset();
  CHECK(cluster->put("key", "mended", how).ok());
  CHECK(text_of(cluster->get("key", {.via = "n2"})) == "mended");
}

TEST_CASE("a full disk refuses writes and reads on; two others are a quorum") {
  const Platters platters;
  ClusterOptions options = quick_options();
  options.segment_bytes = 16384;
  options.compact_above = 1;
  const auto cluster = open_with(platters.opener(), options);
  REQUIRE(cluster->put("early", "value", level(Level::all)).ok());
  platters.of(3).limit_capacity(platters.of(3).bytes_used());
  const std::string value(1000, 'v');
  for (int i = 0; i < 100; ++i) {
    const auto put = cluster->put(key_of(i), value);
    REQUIRE_MESSAGE(put.ok(), put.detail);
  }
  const auto all = cluster->put("key", value, level(Level::all));
  CHECK(all.outcome == Outcome::unknown);
  CHECK(all.trouble == Trouble::disk_full);
  CHECK(cluster->get("early", {.via = "n3"}).ok());
  CHECK(stats_of(*cluster, 3).disk_full);

  platters.of(3).limit_capacity(std::uint64_t{1} << 30);
  CHECK(all_store_in_the_end(*cluster, value));
}

TEST_CASE("a node that starts on a full disk has numbers for writes once there is room") {
  const Platters platters;
  const auto cluster = open_with(platters.opener(), quick_options());
  REQUIRE(cluster->put("early", "value", level(Level::all)).ok());
  REQUIRE(cluster->kill("n3").has_value());
  platters.of(3).limit_capacity(platters.of(3).bytes_used());
  REQUIRE(cluster->start("n3").has_value());
  CHECK(cluster->get("early", {.via = "n3", .timeout = kPatience}).ok());
  platters.of(3).limit_capacity(std::uint64_t{1} << 30);
  wait_until_whole(*cluster, "n3");
  CHECK(all_store_in_the_end(*cluster, "value"));
}

TEST_CASE(
    "a node whose disk fails takes part in nothing; a restart reads what is there") {
  const Platters platters;
  const auto cluster = open_with(platters.opener(), quick_options());
  REQUIRE(cluster->put("key", "before", level(Level::all)).ok());
  platters.of(2).inject(
      {.call = 1, .code = Errc::io, .for_ever = true, .only = DiskCall::sync});
  for (int i = 0; i < 50; ++i) {
    const auto put = cluster->put(key_of(i), "value");
    REQUIRE_MESSAGE(put.outcome != Outcome::refused, put.detail);
  }
  REQUIRE(cluster->wait_for("n2", Stage::failed, kPatience));
  CHECK_FALSE(stats_of(*cluster, 2).failure.empty());
  for (int i = 0; i < 50; ++i) {
    const auto put = cluster->put(key_of(i), "later");
    CHECK_MESSAGE(put.ok(), put.detail);
  }
  CHECK(cluster->put("key", "x", level(Level::all)).outcome == Outcome::unknown);
  PutOptions there;
  there.via = "n2";
  CHECK(cluster->put("key", "y", there).outcome == Outcome::refused);

  platters.of(2).heal();
  REQUIRE(cluster->kill("n2").has_value());
  platters.of(2).cut_power();
  start_and_wait(*cluster, "n2");
  REQUIRE(cluster->kill("n1").has_value());
  for (int i = 0; i < 50; ++i) CHECK(text_of(cluster->get(key_of(i))) == "later");
}

TEST_CASE("a power cut at all nodes at once takes nothing that was acknowledged") {
  const Platters platters;
  ClusterOptions options = quick_options();
  options.segment_bytes = 16384;
  std::vector<std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    const auto cluster = open_with(platters.opener(), options);
    for (const char* const node : {"n1", "n2", "n3"}) wait_until_whole(*cluster, node);
    for (const std::string& key : acknowledged) {
      REQUIRE(text_of(cluster->get(key)) == key);
    }
    for (int i = 0; i < 60; ++i) {
      const std::string key = std::to_string(round) + "-" + std::to_string(i);
      REQUIRE(cluster->put(key, key).ok());
      acknowledged.push_back(key);
    }
    for (std::size_t node = 1; node <= 3; ++node) platters.of(node).cut_power();
  }
}
