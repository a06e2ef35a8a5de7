// Many runs in a few numbers, and a promise that was not kept in full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "v4_replicated_kv/sim/words.hpp"
#include "v4_replicated_kv/simulation/random_run.hpp"
#include "v4_replicated_kv/simulation/script/shrink.hpp"

namespace kv {

struct SimSummary {
  std::uint64_t seeds = 0;
  std::uint64_t operations = 0, ok = 0, refused = 0, unknown = 0;
  std::uint64_t faults = 0;
  std::uint64_t messages = 0;
  std::uint64_t trace_hash = 0;            // of all runs
  std::uint64_t twice = 0;                 // seeds that were run twice
  std::optional<std::uint64_t> other_run;  // a seed that was not the same run again
  std::optional<RunReport> broken;         // with its lines
  std::optional<Shrunk> shrunk;            // the same as a script,
  std::string no_script;                   // or why there is none

  void add(const RunReport& report);
};

// What to type to see the run again.
[[nodiscard]] std::string replay_command(const SimWords& words, std::uint64_t seed);

[[nodiscard]] std::string summary_text(const SimWords& words, const SimSummary& summary);
[[nodiscard]] std::string summary_json(const SimWords& words, const SimSummary& summary);

}  // namespace kv
