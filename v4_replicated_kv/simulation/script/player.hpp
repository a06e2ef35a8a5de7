// Plays a script on a simulated cluster.
//
// Idea      lines are performed one after the other, at one moment, until one lets time
//           pass: `run`, `wait`, or an expectation of an answer that has not come yet.
// Left out  going on after an expectation that was not met: the rest would be about
//           another story.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/simulation/aftermath.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/trace.hpp"

namespace kv {

// A line that did not come true.
struct Unmet {
  std::size_t line = 0;
  std::string expected;
  std::string came;
  std::optional<Broken> broken{};  // if it was about promises
};

struct PlayReport {
  std::vector<TraceLine> lines;  // from the script's beginning on
  Tick origin{};                 // which is here
  std::size_t expectations = 0;  // that were met
  std::optional<Unmet> unmet;
};

[[nodiscard]] PlayReport play(const Script& script, bool keeps_lines = true);

}  // namespace kv
