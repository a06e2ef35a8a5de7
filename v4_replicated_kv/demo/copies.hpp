// The statistics of copies: the classroom scenario of the chapters before, with N copies
// of every key and a node that dies.
#pragma once

#include "common/base/result.hpp"
#include "common/command_line/options.hpp"
#include "common/experiment/key_set.hpp"
#include "common/experiment/run.hpp"
#include "common/progress.hpp"

namespace kv {

// Whether the nodes of all states have weights that members may have; bad_usage if not.
[[nodiscard]] Result<void> check_states(const Options& options);

// Goes through the scenario with the walk and with the partition table (where there are
// not too many nodes for one), and adds what a node's end comes to. The states are
// checked.
[[nodiscard]] Run run_copies(const Options& options, const KeySet& keys,
                             Progress& progress);

}  // namespace kv
