// `v4_replicated_kv completion bash`: the words of all programs, for a shell that
// completes what a person types.
#pragma once

#include <vector>

#include "common/command_line/vocabulary.hpp"

namespace kv {

// What can be typed behind it.
[[nodiscard]] Vocabulary completion_vocabulary();

// The subcommand from its first word to its exit status; argv[0] is the program's name.
// `commands` are this program's; its first one is also what it does without a command.
[[nodiscard]] int completion_main(int argc, const char* const* argv,
                                  const std::vector<Vocabulary>& commands);

}  // namespace kv
