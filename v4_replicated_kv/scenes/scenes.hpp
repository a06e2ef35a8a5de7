// Small stories of a cluster at work, each with a question, a prediction and what came of
// it.
//
// Idea      nobody believes a store because of its statistics. A scene breaks something
//           on purpose, says beforehand what has to follow, and measures.
// Breaks if  a scene claims what only usually holds: a claim that fails ends the program
//            with
//           status 1. So times are bounded only where something makes them so: by the
//           delay that was put in, not by how fast a machine is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/experiment/scenes.hpp"
#include "common/progress.hpp"
#include "v4_replicated_kv/scenes/scene_cluster.hpp"

namespace kv {

// One a scene, each in a file of its name. Errors: that the story could not be told.
[[nodiscard]] Result<SceneReport> put_and_get(const Theatre& theatre);
[[nodiscard]] Result<SceneReport> slow_replica(const Theatre& theatre);
[[nodiscard]] Result<SceneReport> node_down(const Theatre& theatre);
[[nodiscard]] Result<SceneReport> too_few(const Theatre& theatre);
[[nodiscard]] Result<SceneReport> stale_node(const Theatre& theatre);
[[nodiscard]] Result<SceneReport> torn_log(const Theatre& theatre);
[[nodiscard]] Result<SceneReport> many_threads(const Theatre& theatre);

// One of kSceneNames.
[[nodiscard]] Result<SceneReport> play_scene(const std::string& name,
                                             const Theatre& theatre);

// All of these, in a temporary directory; the same seed is the same cluster.
[[nodiscard]] Result<std::vector<SceneReport>> play_scenes(
    const std::vector<std::string>& names, std::uint64_t seed, Progress& progress);

}  // namespace kv
