// Both ways of placing copies, as an experiment makes them.
#pragma once

#include "common/experiment/setup.hpp"
#include "v4_replicated_kv/demo/table_copies.hpp"
#include "v4_replicated_kv/demo/walk_copies.hpp"

namespace kv {

inline const auto kWalk = [](const Setup& setup) { return WalkCopies(setup); };
inline const auto kTable = [](const Setup& setup) { return TableCopies(setup); };

}  // namespace kv
