// A run that broke a promise, as a short script that breaks it too.
//
// Idea      a run of chance is a list of what was done, and when. Leave out a piece: if the
//           same promise still breaks, the piece was not the reason. What is left is short
//           enough to be read.
// Breaks if  another promise counts as well: then the script tells of something else.
// Left out  the shortest one there is; that would take all subsets to find.
// Source    Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE
//           TSE 28(2), 2002: delta debugging.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "v4_replicated_kv/simulation/random_run.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"

namespace kv {

struct Shrunk {
  Script script;
  std::size_t lines_before = 0;
  std::size_t runs = 0;  // that it took
};

// The script of the run with these rules, in at most `runs_max` tries; nothing where the run
// keeps its promises, or its script does (a promise of liveness is about the run's own
// clients, and two things of one microsecond may change places).
[[nodiscard]] std::optional<Shrunk> shrink(RunRules rules, std::size_t runs_max = 400);

}  // namespace kv
