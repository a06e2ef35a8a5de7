// The experiment every stage runs: place, change, count, and hold against theory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/rng.hpp"
#include "common/experiment/arcs.hpp"
#include "common/experiment/census.hpp"
#include "common/experiment/copies.hpp"
#include "common/experiment/key_ranks.hpp"
#include "common/experiment/key_set.hpp"
#include "common/experiment/prediction.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/setup.hpp"
#include "common/experiment/trials.hpp"
#include "common/progress.hpp"

namespace kv {

struct ExperimentPlan {
  Scenario scenario;
  Setup setup;
  std::uint64_t trials = 0;
  Theory theory = nullptr;
  bool sweeps_vnodes = false;
};

inline constexpr std::array<std::uint64_t, 8> kSweep{1,   4,    16,   64,
                                                     160, 1000, 4096, 20000};

// The report of one counted step, without circle and trials.
[[nodiscard]] StepReport report_step(const ExperimentPlan& plan, std::size_t index,
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

// The same with copies: the first node of every point, then the second, and so on.
template <CopyPlacement P>
[[nodiscard]] std::vector<NodeId> circle_of(const P& placement, std::size_t copies) {
  constexpr std::uint64_t kWidth = UINT64_MAX / kSlices;
  Rng rng(kSlices);
  std::vector<NodeId> owners(copies * kSlices);
  std::vector<NodeId> list(copies);
  for (std::uint64_t i = 0; i < kSlices; ++i) {
    placement.owners(KeyHash{i * kWidth + rng.below(kWidth)}, list);
    for (std::size_t c = 0; c < copies; ++c) owners[c * kSlices + i] = list[c];
  }
  return owners;
}

// Seeds of trials: the run's own seed is never among them.
[[nodiscard]] inline Setup trial_setup(const Setup& setup, std::uint64_t trial) {
  return {.hash = setup.hash.reseeded(setup.hash.seed() + trial + 1),
          .vnodes = setup.vnodes,
          .nodes = setup.nodes,
          .replicas = setup.replicas};
}

// One run: made of a plan, keys and a way to make placements, all of which outlive it.
template <class Make>
class Experiment {
 public:
  Experiment(const ExperimentPlan& plan, const KeySet& keys, const Make& make,
             Progress& progress)
      : plan_(plan), keys_(keys), make_(make), progress_(progress) {}

  // What the run found; the caller fills in what it was asked for.
  [[nodiscard]] Run run() {
    Run run;
    run.names = plan_.scenario.names;
    run.tokens_a_node = Ring<P> || CopyPlacement<P> ? plan_.setup.vnodes : 0;
    run.steps = count_states();
    run_trials();
    auto ranges = ranges_of(trials_, plan_.scenario);
    for (std::size_t s = 0; s < run.steps.size(); ++s) {
      run.steps[s].trials = std::move(ranges[s]);
    }
    if (plan_.sweeps_vnodes) run.sweep = sweep_vnodes();
    progress_.clear();
    return run;
  }

 private:
  using P = std::invoke_result_t<Make, const Setup&>;

  // A ring is counted by arcs, any other placement by asking it for every key.
  std::vector<StepReport> count_states() {
    if constexpr (CopyPlacement<P>) {
      return count_states_with(copy_count());
    } else if constexpr (Ring<P>) {
      return count_states_with(ArcCount<P>(ranks(), node_count()));
    } else {
      return count_states_with(Census(keys_.hashes, node_count()));
    }
  }

  template <class Count>
  std::vector<StepReport> count_states_with(Count&& count) {
    const auto& states = plan_.scenario.states;
    std::vector<StepReport> reports;
    P placement = make_(plan_.setup);
    progress_.begin("counting steps", states.size());
    for (std::size_t s = 0; s < states.size(); ++s) {
      progress_.at(s);
      enter(states[s], placement);
      reports.push_back(
          report_step(plan_, s, count.take(placement), keys_.facts.independent));
      if constexpr (CopyPlacement<P>) {
        reports.back().circle = circle_of(placement, plan_.setup.replicas);
        reports.back().reachable = count.reachable(states[s]);
        reports.back().sets = count.sets(states[s].nodes.size());
      } else {
        reports.back().circle = circle_of(placement);
      }
    }
    return reports;
  }

  void run_trials() {
    progress_.begin("trials", plan_.trials);
    for (std::uint64_t t = 0; t < plan_.trials; ++t) {
      progress_.at(t);
      trials_.push_back(trial(plan_.scenario, trial_setup(plan_.setup, t)));
    }
  }

  // A ring's trial gives the nodes other places under the same keys; any other placement's
  // makes other keys of the same number.
  Trial trial(const Scenario& scenario, const Setup& setup) {
    if constexpr (CopyPlacement<P>) {
      return trial_of(scenario, make_(setup), copy_count(), setup.replicas);
    } else if constexpr (Ring<P>) {
      return trial_of(scenario, make_(setup), ArcCount<P>(ranks(), node_count()));
    } else {
      const auto mix = [mask = finalise(setup.hash.seed())](KeyHash key) {
        return KeyHash{finalise(key.raw() ^ mask)};
      };
      return trial_of(scenario, make_(setup), Census(keys_.hashes, node_count(), mix));
    }
  }

  [[nodiscard]] std::size_t node_count() const { return plan_.scenario.names.size(); }

  [[nodiscard]] CopyCount copy_count() {
    return CopyCount(ranks(), node_count(), plan_.setup.replicas);
  }

  const KeyRanks& ranks() {
    if (!ranks_) ranks_.emplace(keys_.hashes);
    return *ranks_;
  }

  // The first nodes' load spread for each number of tokens of kSweep, as far as kTokensMax
  // allows.
  std::vector<SweepRow> sweep_vnodes() {
    const Scenario first{.states = {plan_.scenario.states.front()},
                         .names = plan_.scenario.names};
    progress_.begin("sweeping virtual nodes", kSweep.size());
    std::vector<SweepRow> rows;
    for (const std::uint64_t vnodes : kSweep) {
      progress_.at(rows.size());
      if (tokens_in(first.states[0], vnodes) > static_cast<double>(kTokensMax)) break;
      rows.push_back(sweep_row(first, vnodes));
    }
    return rows;
  }

  SweepRow sweep_row(const Scenario& first, std::uint64_t vnodes) {
    const auto spread = [&](Setup setup) {
      setup.vnodes = vnodes;
      return trial(first, setup)[0][Quantity::cv];
    };
    const auto predictions = plan_.theory({.before = nullptr,
                                           .after = &first.states[0],
                                           .keys = keys_.facts.independent,
                                           .vnodes = vnodes,
                                           .history = first.states,
                                           .replicas = plan_.setup.replicas});
    SweepRow row{
        .vnodes = vnodes, .predicted = {}, .measured = spread(plan_.setup), .trials = {}};
    for (const Prediction& prediction : predictions) {
      if (prediction.quantity == Quantity::cv) row.predicted = prediction.value;
    }
    if constexpr (CopyPlacement<P>) row.sets = sets_of(first, vnodes);
    std::vector<double> others;
    for (std::uint64_t t = 0; t < plan_.trials; ++t) {
      const bool known = vnodes == plan_.setup.vnodes;  // the trials began with this ring
      others.push_back(known ? trials_[t][0][Quantity::cv]
                             : spread(trial_setup(plan_.setup, t)));
    }
    if (!others.empty()) row.trials = range_of(Quantity::cv, std::move(others));
    return row;
  }

  ReplicaSets sets_of(const Scenario& first, std::uint64_t vnodes) {
    Setup setup = plan_.setup;
    setup.vnodes = vnodes;
    P placement = make_(setup);
    enter(first.states[0], placement);
    CopyCount count = copy_count();
    (void)count.take(placement);
    return count.sets(first.states[0].nodes.size());
  }

  const ExperimentPlan& plan_;
  const KeySet& keys_;
  const Make& make_;
  Progress& progress_;
  std::vector<Trial> trials_;
  std::optional<KeyRanks> ranks_;  // of a ring's keys, once for all counts
};

}  // namespace kv
