// Every scene comes out as predicted, and none does where the cluster breaks what it
// promises.
#include "v4_replicated_kv/scenes/scenes.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/scenes/slow_disk.hpp"
#include "tests/storage/temporary_directory.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

using Change = std::function<void(ClusterOptions&)>;

Theatre theatre_in(const TemporaryDirectory& directory) {
  return {.directory = directory.path(), .seed = 7};
}

// A theatre whose clusters are not what the scenes ask for.
Theatre changed(const TemporaryDirectory& directory, const Change& change) {
  Theatre theatre = theatre_in(directory);
  theatre.open = [change](const std::string& at, ClusterOptions options) {
    change(options);
    return Cluster::open(at, options);
  };
  return theatre;
}

SceneReport played(const std::string& name, const Theatre& theatre) {
  auto report = play_scene(name, theatre);
  if (!report) FAIL(report.error().detail);
  return *std::move(report);
}

const Claim& claim_of(const SceneReport& report, const std::string& name) {
  const auto found = std::ranges::find(report.claims, name, &Claim::name);
  REQUIRE(found != report.claims.end());
  return *found;
}

}  // namespace

TEST_CASE("every scene comes out as predicted, whatever the seed, and leaves nothing") {
  const TemporaryDirectory directory;
  for (const std::string_view name : kSceneNames) {
    for (const std::uint64_t seed : {1U, 2U}) {
      CAPTURE(name);
      CAPTURE(seed);
      Theatre theatre = theatre_in(directory);
      theatre.seed = seed;
      const SceneReport report = played(std::string(name), theatre);
      CHECK(report.name == name);
      CHECK(report.question.find('?') != std::string::npos);
      CHECK_FALSE(report.meaning.empty());
      CHECK(report.claims.size() >= 4);
      CHECK(report.took_ms > 0);
      for (const Claim& claim : report.claims) {
        CAPTURE(claim.label);
        CHECK(claim.agrees());
        CHECK(claim.is_time() ==
              (claim.label.ends_with("(ms)") || claim.label.ends_with("(ns)")));
      }
    }
  }
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("a scene is OFF where the cluster waits for another number of copies") {
  const TemporaryDirectory directory;
  const auto one_is_enough =
      changed(directory, [](ClusterOptions& options) { options.quorum.w = 1; });
  CHECK_FALSE(played("put_and_get", one_is_enough).ok());
  CHECK_FALSE(played("too_few", one_is_enough).ok());
  const auto all_of_them =
      changed(directory, [](ClusterOptions& options) { options.quorum.w = 3; });
  CHECK_FALSE(played("slow_replica", all_of_them).ok());
  CHECK_FALSE(played("node_down", all_of_them).ok());
  const auto read_one =
      changed(directory, [](ClusterOptions& options) { options.quorum.r = 1; });
  const SceneReport stale = played("stale_node", read_one);
  CHECK_FALSE(claim_of(stale, "read_new").agrees());
  CHECK_FALSE(claim_of(stale, "stale_after").agrees());
}

TEST_CASE("many threads see old values where R and W do not overlap") {
  const TemporaryDirectory directory;
  Theatre theatre =
      changed(directory, [](ClusterOptions& options) { options.quorum.r = 1; });
  // Whether a reader comes at the wrong moment is chance; that none ever does is not.
  constexpr std::uint64_t kTries = 50;
  bool is_seen = false;
  for (theatre.seed = 1; !is_seen && theatre.seed <= kTries; ++theatre.seed) {
    is_seen = !claim_of(played("many_threads", theatre), "outdated").agrees();
  }
  CHECK(is_seen);
}

TEST_CASE("a directory that cannot be used is an error, in a sentence") {
  for (const std::string_view name : kSceneNames) {
    CAPTURE(name);
    const auto report =
        play_scene(std::string(name), {.directory = "/proc/nowhere", .seed = 7});
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().code == Errc::io);
    CHECK(report.error().detail.find("cannot be made") != std::string::npos);
  }
}

TEST_CASE("a node that is not there, or does not come back, is an error") {
  const TemporaryDirectory directory;
  const auto other_names = changed(directory, [](ClusterOptions& options) {
    for (Newcomer& node : options.nodes) node.name = "x" + node.name;
  });
  const auto report = play_scene("node_down", other_names);
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().detail == "scene node_down: no node is called n2");

  const TemporaryDirectory another;
  Theatre hasty =
      changed(another, [](ClusterOptions& options) { options.timeout = 20s; });
  hasty.patience = 0ms;
  const auto gone = play_scene("stale_node", hasty);
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().detail == "scene stale_node: node n3 did not come back within 0 ms");
  const auto idle = play_scene("many_threads", hasty);
  REQUIRE_FALSE(idle.has_value());
  CHECK(idle.error().detail.find("scene many_threads: ") == 0);
}

TEST_CASE("a disk that is full or broken explains what came of the rest") {
  const std::vector<std::pair<std::function<void(SimulatedPlatter&)>, std::string>> cases{
      {[](SimulatedPlatter& platter) {
         platter.inject(
             {.call = 1, .code = Errc::io, .for_ever = true, .only = DiskCall::sync});
       },
       "scene node_down: node n1 failed: "},
      {[](SimulatedPlatter& platter) { platter.limit_capacity(platter.bytes_used()); },
       "scene node_down: the disk of "},
  };
  for (const auto& [hurt, sentence] : cases) {
    const auto platter = std::make_shared<SimulatedPlatter>(1);
    const TemporaryDirectory directory;
    Theatre theatre = theatre_in(directory);
    theatre.open = [&](const std::string& at, ClusterOptions options) {
      options.segment_bytes = 4096;
      std::filesystem::create_directories(at);
      auto cluster = Cluster::open(
          [platter, at](const std::string& node) {
            return node == "n1" ? open_simulated_disk(platter)
                                : open_posix_disk(at + "/" + node);
          },
          options);
      hurt(*platter);
      return cluster;
    };
    const auto report = play_scene("node_down", theatre);
    REQUIRE_FALSE(report.has_value());
    CAPTURE(report.error().detail);
    CHECK(report.error().detail.find(sentence) == 0);
  }
}

TEST_CASE("slow_replica holds on a disk that takes longer than a slow node should") {
  constexpr std::chrono::milliseconds kSync{410};
  const TemporaryDirectory directory;
  Theatre theatre = theatre_in(directory);
  theatre.open = [kSync](const std::string& at, const ClusterOptions& options) {
    std::filesystem::create_directories(at);
    return Cluster::open(
        [at, kSync](const std::string& node) -> Result<std::unique_ptr<Disk>> {
          auto disk = open_posix_disk(at + "/" + node);
          if (!disk) return disk;
          return std::make_unique<SlowDisk>(*std::move(disk), kSync);
        },
        options);
  };
  const SceneReport report = played("slow_replica", theatre);
  CHECK(report.ok());
  CHECK(std::get<double>(claim_of(report, "put_w2_ms").measured) >= 410);
}

TEST_CASE("torn_log cannot be told without files") {
  const TemporaryDirectory directory;
  Theatre theatre = theatre_in(directory);
  theatre.open = [](const std::string& /*at*/, const ClusterOptions& options) {
    return Cluster::open_in_memory(options);
  };
  theatre.patience = std::chrono::milliseconds(100);  // there is no log to wait for
  const auto report = play_scene("torn_log", theatre);
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().detail.find("scene torn_log: ") == 0);
}
