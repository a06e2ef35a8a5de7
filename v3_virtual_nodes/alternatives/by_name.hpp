// Every algorithm of chapter 3 by its name: the ring and its alternatives.
#pragma once

#include <string_view>

#include "common/experiment/any_placement.hpp"
#include "common/experiment/setup.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"  // the chapter's own

namespace kv {

// The placement that all_algorithms() calls `name`, without nodes.
[[nodiscard]] AnyPlacement make_algorithm(std::string_view name, const Setup& setup);

}  // namespace kv
