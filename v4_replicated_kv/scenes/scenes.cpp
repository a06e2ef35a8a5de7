#include "v4_replicated_kv/scenes/scenes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "common/survey/stopwatch.hpp"
#include "v4_replicated_kv/scenes/scratch.hpp"

namespace kv {

namespace {

// Of the largest scene, twice over.
constexpr std::uint64_t kBytesNeeded = std::uint64_t{8} << 20;

using Scene = Result<SceneReport> (*)(const Theatre& theatre);

// In the order of kSceneNames.
constexpr std::array<Scene, kSceneNames.size()> kScenes{
    &put_and_get, &slow_replica, &node_down,   &too_few,
    &stale_node,  &torn_log,     &many_threads};

}  // namespace

Result<SceneReport> play_scene(const std::string& name, const Theatre& theatre) {
  const auto known = std::ranges::find(kSceneNames, name);
  KV_CHECK(known != kSceneNames.end(), "names are checked before a scene is played");
  const Scene scene = kScenes.at(static_cast<std::size_t>(known - kSceneNames.begin()));
  std::optional<Result<SceneReport>> report;
  const double took_ms = milliseconds_of([&] { report = scene(theatre); });
  if (*report) (*report)->took_ms = took_ms;
  std::error_code ignored;  // what is left goes with the directory
  std::filesystem::remove_all(theatre.directory + "/" + name, ignored);
  return *std::move(report);
}

Result<std::vector<SceneReport>> play_scenes(const std::vector<std::string>& names,
                                             std::uint64_t seed, Progress& progress) {
  std::vector<SceneReport> reports;
  if (names.empty()) return reports;
  const auto scratch = Scratch::make(kBytesNeeded);
  if (!scratch) return std::unexpected(scratch.error());
  const Theatre theatre{.directory = (*scratch)->path(), .seed = Rng(seed).next() | 1U};
  progress.begin("playing scenes", names.size());
  for (const std::string& name : names) {
    progress.at(reports.size());
    auto report = play_scene(name, theatre);
    if (!report) return std::unexpected(report.error());
    reports.push_back(*std::move(report));
  }
  progress.clear();
  return reports;
}

}  // namespace kv
