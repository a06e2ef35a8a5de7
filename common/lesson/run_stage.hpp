// A stage program from its first flag to its exit status.
#pragma once

#include <algorithm>
#include <string_view>

#include "common/command_line/options.hpp"
#include "common/command_line/program.hpp"
#include "common/experiment/experiment.hpp"
#include "common/lesson/stages.hpp"

namespace kv {

// What a stage does for what was typed.
[[nodiscard]] inline ExperimentPlan plan_for(const Stage& stage, const Options& options) {
  return {.scenario = options.scenario,
          .setup = {.hash = options.hasher,
                    .vnodes = stage.program.has_vnodes ? options.vnodes : 1},
          .trials = options.trials,
          .theory = stage.theory,
          .sweeps_vnodes = stage.program.has_vnodes};
}

// Does it.
template <class Make>
[[nodiscard]] Run run_for(const Stage& stage, const Options& options, const KeySet& keys,
                          const Make& make, Progress& progress) {
  const ExperimentPlan plan = plan_for(stage, options);
  Run run = Experiment(plan, keys, make, progress).run();
  describe_run(stage.program, options, keys, run);
  return run;
}

// A program of its own under a stage's name: what `--dataset` stands for.
using DatasetProgram = int (*)(int argc, const char* const* argv);

// Whether the words name a data set. (A value never begins with two dashes.)
[[nodiscard]] inline bool names_dataset(int argc, const char* const* argv) {
  return std::any_of(argv + 1, argv + std::max(argc, 1), [](std::string_view word) {
    return word == "--dataset" || word.starts_with("--dataset=");
  });
}

// The whole program of a stage; `make(setup)` returns its placement, without nodes.
template <class Make>
int run_stage(const Stage& stage, int argc, const char* const* argv, Make make,
              DatasetProgram dataset = nullptr) {
  if (dataset != nullptr && names_dataset(argc, argv)) return dataset(argc, argv);
  return run_program(stage.program, argc, argv, [&](const Options& options) {
    return with_keys(options, [&](const KeySet& keys, Progress& progress) {
      const Run run = run_for(stage, options, keys, make, progress);
      return deliver(lesson_of(stage, run), options, run);
    });
  });
}

}  // namespace kv
