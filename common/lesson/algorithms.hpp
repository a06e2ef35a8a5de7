// The other answers to chapter 2's hot spots, as chapter 3 offers them by name.
#pragma once

#include <span>

#include "common/experiment/algorithm.hpp"

namespace kv {

// Chapter 3's own ring first, then the alternatives.
[[nodiscard]] std::span<const Algorithm> all_algorithms();

}  // namespace kv
