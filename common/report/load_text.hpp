// How many keys each node holds, as text.
#pragma once

#include <string>

#include "common/experiment/run.hpp"
#include "common/report/paint.hpp"

namespace kv {

// A row a node, with a bar, and a line that sums up; with `before`, how each load
// changed. Of very many nodes, the fullest and the emptiest.
[[nodiscard]] std::string load_table(const StepReport& step, const StepReport* before,
                                     Style style);

}  // namespace kv
