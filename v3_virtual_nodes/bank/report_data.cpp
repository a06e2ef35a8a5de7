// The bank's run for other programs: JSON and CSV. The names are a contract.
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "v3_virtual_nodes/bank/report.hpp"

namespace kv::bank {

namespace {

using Json = nlohmann::ordered_json;

Json databases_of(const StepState& step) {
  Json databases = Json::array();
  for (const DatabaseState& database : step.databases) {
    databases.push_back({{"name", database.name},
                         {"weight", database.weight},
                         {"records", database.records},
                         {"share", database.share},
                         {"money_cents", database.money.raw()}});
  }
  return databases;
}

Json moved_of(const std::optional<Moved>& moved) {
  if (!moved) return nullptr;
  return {{"moved", moved->records},
          {"moved_share", moved->share},
          {"predicted_share", moved->predicted_share},
          {"tolerance", moved->tolerance},
          {"agrees", moved->agrees()}};
}

Json work_of(const Work& work) {
  return {{"deposits", work.deposits},
          {"transfers", work.transfers},
          {"reads", work.reads},
          {"deposited_cents", work.deposited.raw()},
          {"transferred_cents", work.transferred.raw()}};
}

Json steps_of(const BankRun& run) {
  Json steps = Json::array();
  for (const StepState& step : run.steps) {
    const bool first = step.action == Action::initial;
    steps.push_back({{"action", name_of(step.action)},
                     {"node", first ? Json(nullptr) : Json(step.changed)},
                     {"databases", databases_of(step)},
                     {"remap", moved_of(step.moved)},
                     {"operations", first ? Json(nullptr) : work_of(step.work)}});
  }
  return steps;
}

Json ways_of(const BankRun& run) {
  Json ways = Json::array();
  for (const WayState& way : run.ways) {
    const auto operations = static_cast<double>(way.timing.in_window);
    const double each_ns =
        operations > 0 ? way.timing.window_ms * 1'000'000 / operations : 0;
    ways.push_back({{"rebalance", way.way == Rebalance::at_once ? "at-once" : "lazily"},
                    {"moved", way.moved},
                    {"records_checked", way.checked},
                    {"audits", way.audits},
                    {"after_cents", way.after.raw()},
                    {"changes_ms", way.timing.change_ms},
                    {"sweeps_ms", way.timing.sweep_ms},
                    {"longest_operation_ms", way.timing.longest_ms},
                    {"time_per_operation_while_moving_ns", each_ns}});
  }
  return ways;
}

std::string field(const std::string& text) {
  if (text.find_first_of("\",\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string render_json(const BankRun& run) {
  const Json json{
      {"stage", "v3_virtual_nodes"},
      {"dataset", "bank"},
      {"hash", run.hash},
      {"seed", std::to_string(run.seed)},
      {"records",
       {{"source", run.source}, {"count", run.records}, {"skipped", run.skipped}}},
      {"parameters",
       {{"databases", run.steps.front().databases.size()},
        {"steps", run.steps.size() - 1},
        {"vnodes", run.vnodes},
        {"operations", run.options.operations},
        {"threads", run.options.threads}}},
      {"steps", steps_of(run)},
      {"before_cents", run.before.raw()},
      {"operations", work_of(run.work)},
      {"ways", ways_of(run)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_csv(const BankRun& run) {
  std::string out =
      "stage,step,action,changed,node,weight,records,share,money_cents,moved,moved_share,"
      "predicted_share\n";
  for (std::size_t s = 0; s < run.steps.size(); ++s) {
    const StepState& step = run.steps[s];
    const std::string moved =
        step.moved ? fmt::format("{},{},{}", step.moved->records, step.moved->share,
                                 step.moved->predicted_share)
                   : ",,";
    for (const DatabaseState& database : step.databases) {
      fmt::format_to(
          std::back_inserter(out), "v3_virtual_nodes,{},{},{},{},{},{},{},{},{}\n", s,
          name_of(step.action), field(step.changed), field(database.name),
          database.weight, database.records, database.share, database.money.raw(), moved);
    }
  }
  return out;
}

}  // namespace kv::bank
