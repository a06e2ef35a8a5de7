// What can be typed behind `serve` and `proxy`: a flag for each key of the configuration.
#pragma once

#include <string>

#include "common/command_line/vocabulary.hpp"

namespace kv {

// For the command of this name. Any thread.
[[nodiscard]] Vocabulary settings_vocabulary(std::string command);

}  // namespace kv
