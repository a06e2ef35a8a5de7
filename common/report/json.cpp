#include "common/report/json.hpp"

#include <nlohmann/json.hpp>

#include "common/report/scenes_json.hpp"

namespace kv {

namespace {

using Json = nlohmann::ordered_json;

Json keys_of(const Run& run) {
  return {{"source", run.keys.source},
          {"count", run.keys.count},
          {"skipped", run.keys.skipped},
          {"distinct", run.keys.distinct}};
}

Json parameters_of(const Run& run) {
  Json parameters{{"nodes", run.steps.front().nodes.size()},
                  {"steps", run.steps.size() - 1},
                  {"trials", run.trials}};
  if (!run.algorithm.empty()) parameters["algorithm"] = run.algorithm;
  if (run.vnodes) parameters["vnodes"] = *run.vnodes;
  if (run.replicas) parameters["replicas"] = *run.replicas;
  if (run.table) parameters["partitions"] = run.table->partitions;
  return parameters;
}

Json nodes_of(const StepReport& step) {
  Json nodes = Json::array();
  for (const NodeLoad& node : step.nodes) {
    nodes.push_back({{"name", node.name},
                     {"weight", node.weight},
                     {"keys", node.keys},
                     {"share", node.share}});
    if (step.of_copies()) nodes.back()["down"] = node.down;
  }
  return nodes;
}

Json distribution_of(const Distribution& all) {
  return {{"mean", all.mean},
          {"min", all.min},
          {"max", all.max},
          {"min_over_mean", all.min_over_mean()},
          {"max_over_mean", all.max_over_mean()},
          {"stddev", all.stddev},
          {"cv", all.cv()}};
}

Json remap_of(const std::optional<Remap>& remap) {
  if (!remap) return nullptr;
  Json flows = Json::array();
  for (const Flow& flow : remap->flows) {
    flows.push_back({{"from", flow.from}, {"to", flow.to}, {"keys", flow.keys}});
  }
  return {{"moved", remap->moved},
          {"moved_share", remap->moved_share},
          {"predicted_share",
           remap->predicted_share ? Json(*remap->predicted_share) : Json(nullptr)},
          {"sideways", remap->sideways},
          {"donors", remap->donors},
          {"receivers", remap->receivers},
          {"flows", std::move(flows)}};
}

Json predictions_of(const StepReport& step) {
  Json predictions = Json::array();
  for (const CheckedFigure& figure : step.predictions) {
    predictions.push_back({{"name", name_of(figure.quantity)},
                           {"predicted", figure.predicted},
                           {"measured", figure.measured},
                           {"tolerance", figure.tolerance},
                           {"agrees", figure.agrees()}});
  }
  return predictions;
}

Json range_of(const SeedRange& range) {
  return {{"p5", range.p5}, {"mean", range.mean}, {"p95", range.p95}};
}

Json trials_of(const StepReport& step, std::uint64_t count) {
  if (step.trials.empty()) return nullptr;
  Json figures = Json::object();
  for (const SeedRange& range : step.trials) {
    figures[std::string(name_of(range.quantity))] = range_of(range);
  }
  return {{"count", count}, {"figures", std::move(figures)}};
}

Json sets_of(const ReplicaSets& sets) {
  return {{"used", sets.used}, {"possible", sets.possible}};
}

Json steps_of(const Run& run, const std::vector<StepReport>& reports) {
  Json steps = Json::array();
  for (const StepReport& step : reports) {
    steps.push_back({{"action", name_of(step.action)},
                     {"node", step.node.empty() ? Json(nullptr) : Json(step.node)},
                     {"nodes", nodes_of(step)},
                     {"distribution", distribution_of(step.distribution)},
                     {"remap", remap_of(step.remap)},
                     {"predictions", predictions_of(step)},
                     {"trials", trials_of(step, run.trials)}});
    if (!step.of_copies()) continue;
    steps.back()["reachable"] = step.reachable;
    steps.back()["replica_sets"] = sets_of(*step.sets);
  }
  return steps;
}

// One end of a node.
Json end_of(const StepReport& step) {
  return {{"moved", step.remap->moved}, {"reachable", step.reachable}};
}

Json end_of(const NodeEnd& end) {
  return {{"node", end.node},
          {"down", end_of(end.down)},
          {"removed", end.removed ? end_of(*end.removed) : Json(nullptr)}};
}

Json sweep_of(const Run& run) {
  Json sweep = Json::array();
  for (const SweepRow& row : run.sweep) {
    sweep.push_back(
        {{"vnodes", row.vnodes},
         {"predicted_cv", row.predicted ? Json(*row.predicted) : Json(nullptr)},
         {"measured_cv", row.measured},
         {"trials", row.trials ? range_of(*row.trials) : Json(nullptr)}});
    if (row.sets) sweep.back()["replica_sets"] = sets_of(*row.sets);
  }
  return sweep;
}

Json guess_of(const Run& run) {
  if (!run.guess) return nullptr;
  const StepReport& step = run.guessed_step();
  return {{"name", name_of(run.guess->quantity)},
          {"value", run.guess->value},
          {"measured", step.figures[run.guess->quantity]}};
}

Json stage_of(const Run& run) {
  Json stage{{"stage", run.stage},
             {"hash", run.hash},
             {"seed", std::to_string(run.seed)},
             {"keys", keys_of(run)},
             {"parameters", parameters_of(run)},
             {"steps", steps_of(run, run.steps)}};
  if (run.table) stage["table_steps"] = steps_of(run, run.table->steps);
  if (run.end) stage["down_or_removed"] = end_of(*run.end);
  if (!run.sweep.empty()) stage["sweep"] = sweep_of(run);
  if (run.guess) stage["your_prediction"] = guess_of(run);
  if (!run.scenes.empty()) stage["scenes"] = scenes_json(run.scenes);
  return stage;
}

std::string print(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render_json(const Run& run) {
  return print(stage_of(run));
}

std::string render_json(const std::vector<Run>& runs) {
  const Run& first = runs.front();
  Json stages = Json::array();
  for (const Run& run : runs) stages.push_back(stage_of(run));
  return print({{"stage", "compare"},
                {"hash", first.hash},
                {"seed", std::to_string(first.seed)},
                {"keys", keys_of(first)},
                {"parameters", parameters_of(first)},
                {"stages", std::move(stages)}});
}

}  // namespace kv
