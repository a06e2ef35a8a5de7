#include "v4_replicated_kv/demo/copies.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/lesson/run_stage.hpp"
#include "common/predictions/copies.hpp"
#include "v4_replicated_kv/demo/both_copies.hpp"

namespace kv {

namespace {

static_assert(kTablePartitions == kPartitionsDefault, "theory is about this table");

// The second state of a scenario of one step from the initial nodes; nothing where the
// step cannot be taken.
std::optional<StepReport> one_step(const Options& options, Step step, const KeySet& keys,
                                   Progress& progress) {
  auto scenario =
      plan(options.scenario.states.front().nodes, {std::move(step)}, options.replicas);
  if (!scenario) return std::nullopt;
  ExperimentPlan planned = plan_for(kReplicatedStage, options);
  planned.scenario = std::move(*scenario);
  planned.trials = 0;
  planned.sweeps_vnodes = false;
  return Experiment(planned, keys, kWalk, progress).run().steps[1];
}

// The node that dies in the scenario's first step or, where none does, the first one.
std::string node_to_end(const Scenario& scenario) {
  if (scenario.states.size() > 1) {
    const ClusterState& first = scenario.states[1];
    const bool dies = first.action == Action::remove || first.action == Action::down;
    if (dies) return scenario.names[first.changed.raw()];
  }
  return scenario.names.front();
}

NodeEnd end_of(const Options& options, const KeySet& keys, Progress& progress) {
  const std::string node = node_to_end(options.scenario);
  const auto step = [&](Action action) {
    return one_step(options, {.action = action, .node = node, .weight = 1}, keys,
                    progress);
  };
  return {
      .node = node, .down = step(Action::down).value(), .removed = step(Action::remove)};
}

// Whether a table is to follow the scenario. Making one fair compares each member with
// each, a hundred times where there are trials: with more members the screen would take
// minutes.
bool fits_table(const Scenario& scenario) {
  constexpr std::size_t kShownMax = 256;
  static_assert(kShownMax <= kMembersMax);
  return std::ranges::all_of(scenario.states, [](const ClusterState& state) {
    return state.nodes.size() <= kShownMax;
  });
}

TableRun run_table(const Options& options, const KeySet& keys, Progress& progress) {
  ExperimentPlan planned = plan_for(kReplicatedStage, options);
  planned.theory = &predict_table;
  planned.sweeps_vnodes = false;
  TableRun run{
      .partitions = kPartitionsDefault, .bytes = 0, .ring_bytes = 0, .steps = {}};
  run.steps = Experiment(planned, keys, kTable, progress).run().steps;
  // What a look-up of each reads, at first.
  TableCopies table(planned.setup);
  WalkCopies walk(planned.setup);
  table.enter(options.scenario.states.front());
  walk.enter(options.scenario.states.front());
  run.bytes = table.bytes();
  run.ring_bytes = walk.bytes();
  return run;
}

}  // namespace

Result<void> check_states(const Options& options) {
  for (const ClusterState& state : options.scenario.states) {
    const auto members = members_of(state);
    if (auto checked = check_members(members, options.replicas); !checked) {
      const auto flag = state.action == Action::initial ? "--nodes" : "--step";
      return fail(Errc::bad_usage, fmt::format("{}: {}", flag, checked.error().detail));
    }
  }
  return {};
}

Run run_copies(const Options& options, const KeySet& keys, Progress& progress) {
  Run run = run_for(kReplicatedStage, options, keys, kWalk, progress);
  if (fits_table(options.scenario)) run.table = run_table(options, keys, progress);
  run.end = end_of(options, keys, progress);
  return run;
}

}  // namespace kv
