// The line that says which run this is.
#pragma once

#include <string>

#include "common/experiment/run.hpp"

namespace kv {

// "4 nodes, 1,000,000 keys from key-0 on, hash xxh3, seed 0, 100 trials".
[[nodiscard]] std::string facts_of(const Run& run);

}  // namespace kv
