// A stage program from its first flag to its exit status.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "common/command_line/options.hpp"
#include "common/command_line/program.hpp"
#include "common/experiment/experiment.hpp"
#include "common/lesson/patience.hpp"
#include "common/lesson/stages.hpp"

namespace kv {

// Whether the stage's own algorithm is to run.
[[nodiscard]] inline bool is_own(const Chapter& stage, const Options& options) {
  return options.algorithm == nullptr ||
         options.algorithm == &stage.program.algorithms().front();
}

// What a stage does for what was typed.
[[nodiscard]] inline ExperimentPlan plan_for(const Chapter& stage,
                                             const Options& options) {
  return {
      .scenario = options.scenario,
      .setup = {.hash = options.hasher,
                .vnodes = stage.program.has_vnodes ? options.vnodes : 1,
                .nodes = options.scenario.names.size(),
                .replicas = stage.program.has_replicas ? options.replicas : 1},
      .trials = options.trials,
      .theory = options.algorithm != nullptr ? options.algorithm->theory : stage.theory,
      .sweeps_vnodes = stage.program.has_vnodes && is_own(stage, options)};
}

// Does it.
template <class Make>
[[nodiscard]] Run run_for(const Chapter& stage, const Options& options,
                          const KeySet& keys, const Make& make, Progress& progress) {
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

// The whole program of a stage; `make(setup)` returns its placement, without nodes. Where
// the stage lets its user choose another algorithm, `make_other(name, setup)` returns
// that; `dataset` runs instead where the words name one.
template <class Make, class MakeOther = std::nullptr_t>
int run_stage(const Chapter& stage, int argc, const char* const* argv, Make make,
              MakeOther make_other = nullptr, DatasetProgram dataset = nullptr) {
  if (dataset != nullptr && names_dataset(argc, argv)) return dataset(argc, argv);
  return run_program(stage.program, argc, argv, [&](const Options& typed) {
    return with_keys(typed, [&](const KeySet& keys, Progress& progress) {
      Options options = typed;
      options.trials = affordable_trials(typed, keys.hashes.size());
      Run run;
      if constexpr (!std::is_null_pointer_v<MakeOther>) {
        const auto make_chosen = [&](const Setup& setup) {
          return make_other(options.algorithm->name, setup);
        };
        run = is_own(stage, options)
                  ? run_for(stage, options, keys, make, progress)
                  : run_for(stage, options, keys, make_chosen, progress);
      } else {
        run = run_for(stage, options, keys, make, progress);
      }
      Lesson lesson = lesson_of(stage, options.algorithm, run);
      if (options.trials < typed.trials) {
        lesson.caveat += ' ' + words_on_trials(typed, options.trials);
      }
      return deliver(lesson, options, run);
    });
  });
}

}  // namespace kv
