#include "common/survey/survey_report.hpp"

#include <algorithm>
#include <cmath>
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

// Three digits that mean something, whatever the size: a change of some algorithms takes
// nanoseconds, and stands in a column of milliseconds.
std::string measured(double value) {
  if (value <= 0) return "0";
  const int before_point = static_cast<int>(std::floor(std::log10(value))) + 1;
  return fmt::format("{:.{}f}", value, std::max(3 - before_point, 0));
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

std::string why_left_out(const Algorithm& algorithm) {
  return fmt::format(
      "it takes at most {} nodes, and there would be more, with the one that is timed",
      with_commas(algorithm.nodes_max));
}

}  // namespace

std::string render_survey_text(const Survey& survey, const Scenario& scenario,
                               const Run& asked, Style style) {
  std::string out = paint(style, Ink::heading, "ALL ALGORITHMS, SIDE BY SIDE") + "\n" +
                    wrapped("", facts_of(asked)) + "\n";
  out += paint(style, Ink::heading, "COST") +
         "  medians of what this machine took; hashing the key is not in it\n" +
         cost_table(survey.rows, style) + "\n";
  out += paint(style, Ink::heading, "WORTH") + " " +
         fmt::format(" {}\n", changes_of(scenario)) + worth_table(survey.rows, style) +
         "\n";
  out += wrapped("  ",
                 "moved/least: keys that moved, over those that a fair placement cannot "
                 "help moving. replicas: whether the algorithm itself names more than "
                 "one owner for a key.");
  for (const Algorithm* algorithm : survey.left_out) {
    out += wrapped("  ", fmt::format("{} is left out: {}.", algorithm->name,
                                     why_left_out(*algorithm)));
  }
  return out;
}

std::string render_survey_json(const Survey& survey, const Scenario& scenario,
                               const Run& asked) {
  Json rows = Json::array();
  for (const Surveyed& found : survey.rows) {
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
  Json left_out = Json::array();
  for (const Algorithm* algorithm : survey.left_out) {
    left_out.push_back({{"name", algorithm->name}, {"why", why_left_out(*algorithm)}});
  }
  const Json whole{{"stage", "compare"},
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
                   {"algorithms", std::move(rows)},
                   {"left_out", std::move(left_out)}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_survey_csv(const Survey& survey) {
  std::string out =
      "algorithm,lookup_ns,bytes,build_ms,add_ms,remove_ms,cv,max_over_mean,moved,least,"
      "sideways,weights,replicas\n";
  for (const Surveyed& found : survey.rows) {
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   found.algorithm->name, found.lookup_ns, found.bytes, found.build_ms,
                   found.add_ms, found.remove_ms, found.cv, found.max_over_mean,
                   found.moved, found.least, found.sideways, found.algorithm->has_weights,
                   found.algorithm->has_replicas);
  }
  return out;
}

}  // namespace kv
