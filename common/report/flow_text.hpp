// Who gave how many keys to whom, as text.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"

namespace kv {

// A matrix, in the order of `names`, while it fits the screen, else the largest flows.
// Empty when nothing moved.
[[nodiscard]] std::string flow_table(const Remap& remap,
                                     const std::vector<std::string>& names,
                                     std::string_view what = "keys");

}  // namespace kv
