#include "common/experiment/experiment.hpp"

namespace kv {

namespace {

std::vector<NodeLoad> loads_of(const Tally& tally, const ClusterState& state) {
  const std::uint64_t all =
      tally.keys / tally.replicas;  // exact: each has so many copies
  std::vector<NodeLoad> loads;
  for (const Node& node : state.nodes) {
    const std::uint64_t keys = tally.loads[node.id.raw()];
    loads.push_back({.name = node.name,
                     .weight = node.weight,
                     .keys = keys,
                     .share = static_cast<double>(keys) / static_cast<double>(all),
                     .down = state.is_down(node.id)});
  }
  return loads;
}

Remap remap_of(const Tally& tally, const FlowMatrix& flows,
               const std::vector<std::string>& names, const StepReport& report) {
  Remap remap{.moved = tally.moved,
              .moved_share = report.figures[Quantity::moved],
              .predicted_share = std::nullopt,
              .sideways = tally.sideways,
              .donors = tally.donors,
              .receivers = tally.receivers,
              .flows = {}};
  for (const CheckedFigure& figure : report.predictions) {
    if (figure.quantity == Quantity::moved) remap.predicted_share = figure.predicted;
  }
  for (const auto& [from, to, keys] : flows.flows()) {
    if (from != to) remap.flows.push_back({names[from.raw()], names[to.raw()], keys});
  }
  return remap;
}

}  // namespace

StepReport report_step(const ExperimentPlan& plan, std::size_t index,
                       const FlowMatrix& flows, double independent_keys) {
  const auto& states = plan.scenario.states;
  const ClusterState& state = states[index];
  const Tally counted = tally(flows, state, plan.setup.replicas);
  StepReport report;
  report.action = state.action;
  if (index > 0) report.node = plan.scenario.names[state.changed.raw()];
  report.nodes = loads_of(counted, state);
  report.distribution = distribution_of(counted, state);
  report.figures = figures_of(counted, state);
  for (const Prediction& prediction :
       plan.theory({.before = index > 0 ? &states[index - 1] : nullptr,
                    .after = &state,
                    .keys = independent_keys,
                    .vnodes = plan.setup.vnodes,
                    .history = std::span(states).first(index + 1),
                    .replicas = plan.setup.replicas})) {
    report.predictions.push_back({.quantity = prediction.quantity,
                                  .predicted = prediction.value,
                                  .measured = report.figures[prediction.quantity],
                                  .tolerance = prediction.tolerance});
  }
  if (index > 0) {
    report.remap = remap_of(counted, flows, plan.scenario.names, report);
  }
  return report;
}

}  // namespace kv
