// How many trials a program runs of its own accord.
//
// Why     a hundred trials of a ring are counted by arcs, in seconds. What has no arcs
//         places every key anew in each of them, and where a look-up asks every node that
//         may take minutes, or days. A first run must not.
#pragma once

#include <cstdint>
#include <string>

#include "common/command_line/options.hpp"

namespace kv {

// What look-ups of all trials together may visit: some ten seconds' work.
inline constexpr double kVisitsMax = 2e9;

// With fewer seeds, the 5th percentile is no more than the smallest.
inline constexpr std::uint64_t kTrialsMin = 20;

// The trials to run with so many keys: those asked for, if they were asked for or the
// work is little; else as many as kVisitsMax allows, or none if these are fewer than
// kTrialsMin.
[[nodiscard]] std::uint64_t affordable_trials(const Options& options, std::uint64_t keys);

// What to say when so many trials were `shown` and not all that `options` name.
[[nodiscard]] std::string words_on_trials(const Options& options, std::uint64_t shown);

}  // namespace kv
