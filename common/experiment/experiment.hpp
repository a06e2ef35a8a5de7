// The experiment every stage runs: place, change, count, and hold against theory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/rng.hpp"
#include "common/experiment/key_set.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/setup.hpp"
#include "common/experiment/trials.hpp"
#include "common/predictions/prediction.hpp"
#include "common/progress.hpp"

namespace kv {

struct Plan {
  Scenario scenario;
  Setup setup;
  std::uint64_t trials = 0;
  Theory theory = nullptr;
  bool sweeps_vnodes = false;
};

inline constexpr std::array<std::uint64_t, 8> kSweep{1, 4, 16, 64, 160, 1000, 4096, 20000};

// The report of one counted step, without circle and trials.
[[nodiscard]] StepReport report_step(const Plan& plan, std::size_t index,
                                     const FlowMatrix& flows, double independent_keys);

// Who owns a random point of each of kSlices equal slices of the circle. Random, as equal
// distances would beat with the remainders of chapter 1 and draw a pattern of their own.
template <Placement P>
[[nodiscard]] std::vector<NodeId> circle_of(const P& placement) {
  constexpr std::uint64_t kWidth = UINT64_MAX / kSlices;
  Rng rng(kSlices);
  std::vector<NodeId> owners;
  for (std::uint64_t i = 0; i < kSlices; ++i) {
    owners.push_back(placement.owner(KeyHash{i * kWidth + rng.below(kWidth)}));
  }
  return owners;
}

// Seeds of trials: the run's own seed is never among them.
[[nodiscard]] inline Setup trial_setup(const Setup& setup, std::uint64_t trial) {
  return {.hash = setup.hash.reseeded(setup.hash.seed() + trial + 1),
          .vnodes = setup.vnodes};
}

// Every state counted key by key.
template <class Make>
[[nodiscard]] std::vector<StepReport> count_states(const Plan& plan, const KeySet& keys,
                                                   const Make& make, Progress& progress) {
  const auto& states = plan.scenario.states;
  std::vector<StepReport> reports;
  auto placement = make(plan.setup);
  Census census(keys.hashes, plan.scenario.names.size());
  progress.begin("counting steps", states.size());
  for (std::size_t s = 0; s < states.size(); ++s) {
    progress.at(s);
    enter(states[s], placement);
    reports.push_back(
        report_step(plan, s, census.take(placement), keys.facts.independent));
    reports.back().circle = circle_of(placement);
  }
  return reports;
}

template <class Make>
[[nodiscard]] std::vector<Trial> run_trials(const Plan& plan, const KeySet& keys,
                                            const Make& make, Progress& progress) {
  std::vector<Trial> trials;
  if (plan.trials == 0) return trials;
  progress.begin("trials", plan.trials);
  using P = decltype(make(plan.setup));
  if constexpr (Ring<P>) {
    const KeyRanks ranks(keys.hashes);
    for (std::uint64_t t = 0; t < plan.trials; ++t) {
      progress.at(t);
      trials.push_back(ring_trial(plan.scenario, trial_setup(plan.setup, t), ranks, make));
    }
  } else {
    for (std::uint64_t t = 0; t < plan.trials; ++t) {
      progress.at(t);
      trials.push_back(
          census_trial(plan.scenario, trial_setup(plan.setup, t), keys.hashes, make));
    }
  }
  return trials;
}

// The first nodes' load spread for each number of tokens of kSweep.
template <class Make>
[[nodiscard]] std::vector<SweepRow> sweep_vnodes(const Plan& plan, const KeySet& keys,
                                                 const Make& make, Progress& progress) {
  const Scenario first{.states = {plan.scenario.states.front()},
                       .names = plan.scenario.names};
  const KeyRanks ranks(keys.hashes);
  progress.begin("sweeping virtual nodes", kSweep.size() * (plan.trials + 1));
  std::uint64_t done = 0;
  std::vector<SweepRow> rows;
  for (const std::uint64_t vnodes : kSweep) {
    const auto spread = [&](Setup setup) {
      setup.vnodes = vnodes;
      progress.at(done++);
      return ring_trial(first, setup, ranks, make)[0][Quantity::cv];
    };
    const auto predictions = plan.theory({.before = nullptr,
                                          .after = &first.states[0],
                                          .keys = keys.facts.independent,
                                          .vnodes = vnodes});
    SweepRow row{.vnodes = vnodes,
                 .predicted = predictions[0].value,
                 .measured = spread(plan.setup),
                 .trials = {}};
    std::vector<double> others;
    for (std::uint64_t t = 0; t < plan.trials; ++t) {
      others.push_back(spread(trial_setup(plan.setup, t)));
    }
    if (!others.empty()) row.trials = range_of(Quantity::cv, std::move(others));
    rows.push_back(row);
  }
  return rows;
}

// What the run found, steps and sweep; the caller fills in what it was asked for.
template <class Make>
[[nodiscard]] Run run_experiment(const Plan& plan, const KeySet& keys, const Make& make,
                                 Progress& progress) {
  Run run;
  run.names = plan.scenario.names;
  run.steps = count_states(plan, keys, make, progress);
  auto ranges = ranges_of(run_trials(plan, keys, make, progress), plan.scenario);
  for (std::size_t s = 0; s < run.steps.size(); ++s) {
    run.steps[s].trials = std::move(ranges[s]);
  }
  if constexpr (Ring<decltype(make(plan.setup))>) {
    if (plan.sweeps_vnodes) run.sweep = sweep_vnodes(plan, keys, make, progress);
  }
  progress.clear();
  return run;
}

}  // namespace kv
