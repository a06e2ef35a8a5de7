// A run as one JSON object. The names are a contract: see docs/OUTPUT.md.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"

namespace kv {

// Pretty-printed, keys in reading order, a newline at the end. Bytes of a file name that
// are not UTF-8 become U+FFFD.
[[nodiscard]] std::string render_json(const Run& run);

// What `compare` prints: the facts that all runs share, and "stages", a list of runs,
// of which there is at least one.
[[nodiscard]] std::string render_json(const std::vector<Run>& runs);

}  // namespace kv
