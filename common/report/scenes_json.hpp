// The scenes as a part of the JSON document.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "common/experiment/scenes.hpp"

namespace kv {

[[nodiscard]] nlohmann::ordered_json scenes_json(const std::vector<SceneReport>& scenes);

}  // namespace kv
