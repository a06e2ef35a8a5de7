// A run that broke a promise, as a short script that breaks it too.
//
// Idea      a run of chance is a list of what was done, and when. Leave out a piece: if
//           the same promise still breaks, the piece was not the reason. What is left is
//           short enough to be read.
// Breaks if  another promise counts as well, or another way to break it: then the script
//            tells
//           of something else. So it does if it breaks one without the run's mistake,
//           too.
// Left out  the shortest one there is; that would take all subsets to find.
// Source    Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
//           IEEE TSE 28(2), 2002: delta debugging.
#pragma once

#include <cstddef>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/random_run.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"

namespace kv {

struct Shrunk {
  Script script;
  std::size_t lines_before = 0;
  std::size_t runs = 0;  // that it took
};

// The script of the run with these rules, in at most `runs_max` tries. It breaks the same
// promise in the same way, and none without the run's mistake. Else Errc::conflict and
// why there is none: the run or its script keeps its promises, or the promise is one of
// liveness, about clients that a script does not have.
[[nodiscard]] Result<Shrunk> shrink(RunRules rules, std::size_t runs_max = 400);

}  // namespace kv
