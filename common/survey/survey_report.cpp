#include "common/survey/survey_report.hpp"

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/report/facts.hpp"
#include "common/report/numbers.hpp"

namespace kv {

namespace {

using Json = nlohmann::ordered_json;

std::string amount_of(std::size_t bytes) {
  const auto amount = static_cast<double>(bytes);
  if (amount < 1024) return fmt::format("{} B", bytes);
  if (amount < 1024 * 1024) return fmt::format("{:.1f} KiB", amount / 1024);
  return fmt::format("{:.1f} MiB", amount / (1024 * 1024));
}

// Three digits that mean something, whatever the size.
std::string measured(double value) {
  return fmt::format("{:.{}f}", value, value < 0.1 ? 4 : value < 10 ? 2 : 1);
}

std::string moved_cell(const Surveyed& found) {
  return found.least == 0 ? "" : fmt::format("{:.2f}x", found.moved / found.least);
}

std::string cost_table(const std::vector<Surveyed>& surveyed, Style style) {
  std::string out =
      paint(style, Ink::heading,
            fmt::format("  {:<18}{:>11}{:>13}{:>12}{:>12}{:>12}\n", "", "lookup_ns",
                        "memory", "build_ms", "add_ms", "remove_ms"));
  for (const Surveyed& found : surveyed) {
    out += fmt::format("  {:<18}{:>11}{:>13}{:>12}{:>12}{:>12}\n", found.algorithm->name,
                       measured(found.lookup_ns), amount_of(found.bytes),
                       measured(found.build_ms), measured(found.add_ms),
                       measured(found.remove_ms));
  }
  return out;
}

std::string worth_table(const std::vector<Surveyed>& surveyed, Style style) {
  std::string out =
      paint(style, Ink::heading,
            fmt::format("  {:<18}{:>9}{:>10}{:>12}{:>12}{:>10}{:>10}\n", "", "CV %",
                        "max/mean", "moved/least", "sideways %", "weights", "replicas"));
  for (const Surveyed& found : surveyed) {
    out += fmt::format(
        "  {:<18}{:>9}{:>10}{:>12}{:>12}{:>10}{:>10}\n", found.algorithm->name,
        percent(found.cv), fmt::format("{:.3f}", found.max_over_mean), moved_cell(found),
        percent(found.sideways), found.algorithm->has_weights ? "yes" : "no",
        found.algorithm->has_replicas ? "yes" : "no");
  }
  return out;
}

std::string changes_of(const Scenario& scenario) {
  std::string changes;
  for (const ClusterState& state : scenario.states) {
    if (state.action == Action::initial) continue;
    changes += fmt::format("{}{} {}", changes.empty() ? "" : ", then ",
                           name_of(state.action), scenario.names[state.changed.raw()]);
  }
  return changes.empty() ? "no change" : changes;
}

}  // namespace

std::string render_survey_text(const std::vector<Surveyed>& surveyed,
                               const Scenario& scenario, const Run& asked, Style style) {
  std::string out = paint(style, Ink::heading, "ALL ALGORITHMS, SIDE BY SIDE") + "\n" +
                    wrapped("", facts_of(asked)) + "\n";
  out += paint(style, Ink::heading, "COST") +
         "  medians of what this machine took; hashing the key is not in it\n" +
         cost_table(surveyed, style) + "\n";
  out += paint(style, Ink::heading, "WORTH") + " " +
         fmt::format(" {}\n", changes_of(scenario)) + worth_table(surveyed, style) + "\n";
  return out +
         wrapped("  ",
                 "moved/least: keys that moved, over those that a fair placement cannot "
                 "help moving. replicas: whether the algorithm itself names more than "
                 "one owner for a key.");
}

std::string render_survey_json(const std::vector<Surveyed>& surveyed,
                               const Scenario& scenario, const Run& asked) {
  Json rows = Json::array();
  for (const Surveyed& found : surveyed) {
    rows.push_back({{"name", found.algorithm->name},
                    {"lookup_ns", found.lookup_ns},
                    {"bytes", found.bytes},
                    {"build_ms", found.build_ms},
                    {"add_ms", found.add_ms},
                    {"remove_ms", found.remove_ms},
                    {"cv", found.cv},
                    {"max_over_mean", found.max_over_mean},
                    {"moved", found.moved},
                    {"least", found.least},
                    {"sideways", found.sideways},
                    {"weights", found.algorithm->has_weights},
                    {"replicas", found.algorithm->has_replicas}});
  }
  const Json survey{{"stage", "compare"},
                    {"hash", asked.hash},
                    {"seed", std::to_string(asked.seed)},
                    {"keys",
                     {{"source", asked.keys.source},
                      {"count", asked.keys.count},
                      {"skipped", asked.keys.skipped},
                      {"distinct", asked.keys.distinct}}},
                    {"parameters",
                     {{"nodes", scenario.states.front().nodes.size()},
                      {"steps", scenario.states.size() - 1},
                      {"vnodes", asked.vnodes.value_or(1)}}},
                    {"algorithms", std::move(rows)}};
  return survey.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_survey_csv(const std::vector<Surveyed>& surveyed) {
  std::string out =
      "algorithm,lookup_ns,bytes,build_ms,add_ms,remove_ms,cv,max_over_mean,moved,least,"
      "sideways,weights,replicas\n";
  for (const Surveyed& found : surveyed) {
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   found.algorithm->name, found.lookup_ns, found.bytes, found.build_ms,
                   found.add_ms, found.remove_ms, found.cv, found.max_over_mean,
                   found.moved, found.least, found.sideways, found.algorithm->has_weights,
                   found.algorithm->has_replicas);
  }
  return out;
}

}  // namespace kv
