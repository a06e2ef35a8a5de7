// `v4_replicated_kv demo`: the statistics of copies, and then a cluster at work.
#pragma once

#include "common/command_line/vocabulary.hpp"

namespace kv {

// All that a person can type behind it.
[[nodiscard]] Vocabulary demo_vocabulary();

// The subcommand from its first flag to its exit status; argv[0] is the program's name.
[[nodiscard]] int demo_main(int argc, const char* const* argv);

}  // namespace kv
