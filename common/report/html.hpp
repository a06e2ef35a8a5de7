// Runs as one self-contained page: no script, no style sheet, no font from elsewhere.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"

namespace kv {

// A page for one stage or for several side by side (at least one run, all with the same
// steps). Opens offline and prints on paper; every bar has its name beside its colour.
[[nodiscard]] std::string render_html(const std::vector<Run>& runs);

}  // namespace kv
