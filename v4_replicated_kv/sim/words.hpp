// The words behind `v4_replicated_kv sim`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/command_line/vocabulary.hpp"
#include "v4_replicated_kv/simulation/mistakes.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct SimWords {
  bool help = false;
  std::string script;  // a file, or - for standard input; empty: seeds
  std::uint64_t first = 1;
  std::uint64_t last = 100;
  Tick ticks{2'000'000};
  Mistake mistake = Mistake::none;
  bool json = false;
  bool trace = false;  // of a seed
  bool all = false;    // of a script: chatter, too
};

[[nodiscard]] std::string_view sim_help();

// All that a person can type behind it.
[[nodiscard]] Vocabulary sim_vocabulary();

// Errc::bad_usage with the word, and what is taken instead. `argv[0]` is not looked at.
[[nodiscard]] Result<SimWords> read_sim_words(int argc, const char* const* argv);

}  // namespace kv
