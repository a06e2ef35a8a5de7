// Vocabularies as functions of bash.
//
// Idea      the script is tables, and one function that looks into them: where the cursor
//           is, and what stands before it, says which table.
// Left out  what a cluster knows: the names of its nodes, its keys.
#pragma once

#include <span>
#include <string>

#include "common/command_line/vocabulary.hpp"

namespace kv {

// Names of programs, commands, flags and values are words without blanks and quotes.
[[nodiscard]] std::string bash_script(std::span<const Vocabulary> all);

}  // namespace kv
