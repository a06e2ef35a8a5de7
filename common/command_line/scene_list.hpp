// The words behind --scenes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace kv {

// "put_and_get, slow_replica, ...".
[[nodiscard]] std::string scene_names();

// The scene whose name takes the fewest changes of a letter to get to; the first of several.
[[nodiscard]] std::string_view closest_scene(std::string_view word);

// `all`, `none`, or names with commas between them, each once. Errc::bad_usage with the word,
// and the name that is closest to it.
[[nodiscard]] Result<std::vector<std::string>> parse_scenes(std::string_view text);

}  // namespace kv
