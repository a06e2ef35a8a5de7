// The words behind --scenes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace kv {

// "put_and_get, slow_replica, ...".
[[nodiscard]] std::string scene_names();

// `all`, `none`, or names with commas between them, each once. Errc::bad_usage with the word,
// and the name that is close to it.
[[nodiscard]] Result<std::vector<std::string>> parse_scenes(std::string_view text);

}  // namespace kv
