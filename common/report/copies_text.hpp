// What copies add to the screen: which of them are in reach, what a node's end does, and
// the partition table beside the walk.
#pragma once

#include <string>

#include "common/experiment/run.hpp"
#include "common/report/paint.hpp"

namespace kv {

// How many sets of nodes there could be; a number of 16 digits or more is rounded.
[[nodiscard]] std::string possible_sets(const ReplicaSets& sets);

// How many keys have how many copies on nodes that are up, and on how many different groups
// of nodes they lie.
[[nodiscard]] std::string reach_lines(const StepReport& step);

// A node that is down against the same node removed; empty without copies.
[[nodiscard]] std::string end_table(const Run& run, Style style);

// The figures of the walk and of the table, state by state; empty where there is no table.
[[nodiscard]] std::string table_beside_walk(const Run& run, Style style);

}  // namespace kv
