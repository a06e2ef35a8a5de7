// The part of a run's trace that a broken promise is about.
//
// Idea      what went wrong is in the lines of one operation, from its begin to its end,
//           and in a few around it. Where it is about none, as when nodes do not agree
//           when all is over, it is in the last ones.
#pragma once

#include <vector>

#include "v4_replicated_kv/simulation/random_run.hpp"
#include "v4_replicated_kv/simulation/trace.hpp"

namespace kv {

// Of the lines about the key of `report.broken`, and of those about faults. One that
// takes long is shown with its begin and its end, and a line for what is left out
// between.
[[nodiscard]] std::vector<TraceLine> excerpt_of(const RunReport& report);

}  // namespace kv
