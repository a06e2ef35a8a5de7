// `v4_replicated_kv demo`: the statistics of copies. The classroom scenario of the chapters
// before, with N copies of every key and a node that dies.
#pragma once

#include "common/command_line/options.hpp"
#include "common/experiment/key_set.hpp"
#include "common/experiment/run.hpp"
#include "common/progress.hpp"

namespace kv {

// Goes through the scenario with the walk and with the partition table (where there are not
// too many nodes for one), and adds what a node's end comes to. The nodes of all states have
// weights that members may have.
[[nodiscard]] Run run_copies(const Options& options, const KeySet& keys,
                             Progress& progress);

// The subcommand from its first flag to its exit status; argv[0] is the program's name.
[[nodiscard]] int demo_main(int argc, const char* const* argv);

}  // namespace kv
