// Runs as one self-contained page: no script, no style sheet, no font from elsewhere.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"

namespace kv {

// A page for one stage or for several side by side; all runs have the same steps. Opens
// offline, prints on paper, and reads without colour (every colour has a name beside it).
[[nodiscard]] std::string render_html(const std::vector<Run>& runs);

}  // namespace kv
