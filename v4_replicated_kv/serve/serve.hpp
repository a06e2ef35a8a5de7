// `v4_replicated_kv serve`: one node of a cluster, until it is told to stop.
#pragma once

#include "common/command_line/vocabulary.hpp"

namespace kv {

// All that a person can type behind it.
[[nodiscard]] Vocabulary serve_vocabulary();

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int serve_main(int argc, const char* const* argv);

}  // namespace kv
