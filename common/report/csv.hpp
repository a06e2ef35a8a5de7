// A run as CSV (RFC 4180): a row a node and step.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"

namespace kv {

// One header, then the rows of every run in order. Figures of a change are empty in the
// rows of the initial state.
[[nodiscard]] std::string render_csv(const std::vector<Run>& runs);

}  // namespace kv
