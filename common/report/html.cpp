#include "common/report/html.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "common/report/facts.hpp"
#include "common/report/numbers.hpp"
#include "common/report/svg.hpp"

namespace kv {

namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light; }
body { font: 16px/1.45 system-ui, sans-serif; color: #1b1b1b; background: #fff;
       max-width: 1200px; margin: 0 auto; padding: 24px; }
h1 { margin: 0 0 4px; font-size: 28px; }
h2 { margin: 36px 0 8px; font-size: 22px; border-bottom: 2px solid #1b1b1b; }
section { break-inside: avoid-page; }
h3 { margin: 0 0 8px; font-size: 17px; }
p { margin: 4px 0 12px; max-width: 75ch; }
.cards { display: grid; gap: 20px; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); }
.card { border: 1px solid #bbb; border-radius: 6px; padding: 14px; break-inside: avoid;
        max-width: 420px; }
.wide { max-width: 640px; break-inside: avoid; }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
svg.circle { max-width: 300px; margin: 6px auto; font-size: 11px; }
svg text { paint-order: stroke; stroke: #fff; stroke-width: 3px; }
svg .name { text-anchor: end; }
svg .ghost { fill: #ddd; stroke: #999; stroke-dasharray: 3 2; }
svg line.mean, svg .theory { stroke: #1b1b1b; stroke-dasharray: 4 3; }
svg text.mean { text-anchor: middle; font-size: 11px; }
svg .theory { stroke-dasharray: none; stroke-width: 2.5; }
svg .moved { fill: #0072b2; }
svg .sideways { fill: #d55e00; }
svg .note { fill: #555; font-size: 11px; }
svg .grid { stroke: #ddd; }
svg .band { fill: #56b4e9; opacity: .35; }
svg .line { fill: none; stroke: #1b1b1b; stroke-width: 1.5; }
table { border-collapse: collapse; margin: 6px 0 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 14px 3px 0; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; list-style: none; }
.legend i { display: inline-block; width: 14px; height: 14px; margin-right: 6px;
            vertical-align: -2px; border: 1px solid #555; }
@media print { body { padding: 0; max-width: none; font-size: 12px; }
  .cards { grid-template-columns: repeat(3, 1fr); gap: 8px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)";

std::string step_title(const StepReport& step, std::size_t index) {
  if (index == 0) return "At first: " + counted(step.nodes.size(), "node");
  return fmt::format("Step {}: {} {}", index, name_of(step.action), escaped(step.node));
}

std::string legend(const Run& run) {
  std::string out = R"(<ul class="legend">)";
  for (std::uint32_t id = 0; id < run.names.size() && id < kNodesDrawn; ++id) {
    out += fmt::format(R"(<li><i style="background:{}"></i>{}</li>)",
                       color_of(NodeId{id}), escaped(run.names[id]));
  }
  if (run.names.size() > kNodesDrawn) {
    out += fmt::format("<li>and {} more, not in the bars</li>",
                       with_commas(run.names.size() - kNodesDrawn));
  }
  return out + "</ul>";
}

std::string figure_table(const std::vector<Run>& runs, std::size_t index) {
  std::string out = "<table><tr><th></th>";
  for (const Run& run : runs) out += fmt::format("<th>{}</th>", run.stage);
  out += "</tr>";
  for (const Quantity quantity : kQuantities) {
    if (needs_a_step(quantity) && index == 0) continue;
    out += fmt::format("<tr><td>{}</td>",
                       label_of(quantity, runs.front().steps[index].weighted(),
                                runs.front().steps[index].of_copies()));
    for (const Run& run : runs) {
      const StepReport& step = run.steps[index];
      std::string cell = value_of(quantity, step.figures[quantity]) + unit_of(quantity);
      for (const SeedRange& range : step.trials) {
        if (range.quantity != quantity || range.p5 == range.p95) continue;
        cell += fmt::format(" <small>({} to {})</small>", value_of(quantity, range.p5),
                            value_of(quantity, range.p95));
      }
      out += fmt::format("<td>{}</td>", cell);
    }
    out += "</tr>";
  }
  return out + "</table>";
}

std::string step_section(const std::vector<Run>& runs, std::size_t index) {
  std::string out =
      fmt::format("<section><h2>{}</h2>", step_title(runs.front().steps[index], index));
  out += figure_table(runs, index);
  if (index > 0) {
    out += fmt::format(R"(<div class="wide">{}</div>)", svg_moves(runs, index));
  }
  out += R"(<div class="cards">)";
  for (const Run& run : runs) {
    out += fmt::format(R"(<div class="card"><h3>{}</h3>{}{}</div>)", run.stage,
                       svg_loads(run, index), svg_circle(run, index));
  }
  return out + "</div></section>";
}

std::string sweep_section(const Run& run) {
  if (run.sweep.empty()) return "";
  return fmt::format(
      R"(<section><h2>How many tokens?</h2><p>Load spread of the first {} in {}.</p>)"
      R"(<div class="wide">{}</div></section>)",
      counted(run.steps.front().nodes.size(), "node"), run.stage, svg_sweep(run));
}

// The runs, and behind each one with a partition table the same with that.
std::vector<Run> with_tables(const std::vector<Run>& runs) {
  std::vector<Run> all;
  for (const Run& run : runs) {
    all.push_back(run);
    if (!run.table) continue;
    all.push_back(run);
    all.back().stage = "with a table";
    all.back().steps = run.table->steps;
    all.back().sweep.clear();
    all.back().end.reset();
  }
  return all;
}

// A node that is down against the same node removed.
std::string end_section(const Run& run) {
  if (!run.end) return "";
  const NodeEnd& end = *run.end;
  std::string out = fmt::format(
      "<section><h2>Down or removed?</h2><p>{} fails. Down, it keeps its place, and its "
      "copies wait for it; removed, others take its place.</p>"
      "<table><tr><th></th><th>down</th><th>removed</th></tr>",
      escaped(end.node));
  const auto row = [&](const std::string& name, std::uint64_t down,
                       std::optional<std::uint64_t> removed) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", name,
                       with_commas(down), removed ? with_commas(*removed) : "-");
  };
  using Count = std::optional<std::uint64_t>;
  const StepReport* const gone = end.removed ? &*end.removed : nullptr;
  row("copies moved", end.down.remap->moved,
      gone != nullptr ? Count(gone->remap->moved) : Count());
  for (std::size_t up = end.down.reachable.size(); up-- > 0;) {
    row(fmt::format("keys with {} of {} copies in reach", up,
                    end.down.reachable.size() - 1),
        end.down.reachable[up], gone != nullptr ? Count(gone->reachable[up]) : Count());
  }
  return out + "</table></section>";
}

}  // namespace

std::string render_html(const std::vector<Run>& given) {
  const std::vector<Run> runs = with_tables(given);
  const Run& first = runs.front();
  const std::string title = given.size() == 1 ? first.stage : "All stages, side by side";
  std::string out = fmt::format(
      R"(<!doctype html><html lang="en"><head><meta charset="utf-8">)"
      R"(<meta name="viewport" content="width=device-width,initial-scale=1">)"
      "<title>{0}</title><style>{1}</style></head><body><h1>{0}</h1><p>{2}.</p>",
      title, kStyle, escaped(facts_of(first)));
  out +=
      "<p>Bars show the load of each node; grey behind them, the load before the step. "
      "Circles show every hash from 0 (at the top) clockwise, coloured by owner; "
      "outside, "
      "what changed hands, in the colour of its new owner. Figures in brackets hold for "
      "9 "
      "of 10 seeds.</p>";
  if (runs.back().replicas) {
    out +=
        "<p>With copies, a node's bar is the share of all keys that it has a copy of, "
        "what "
        "moves is a share of all copies, and a circle has a ring a copy, the first one "
        "outside.</p>";
  }
  out += legend(first);
  for (std::size_t s = 0; s < first.steps.size(); ++s) out += step_section(runs, s);
  for (const Run& run : runs) out += end_section(run);
  for (const Run& run : runs) out += sweep_section(run);
  return out + "</body></html>\n";
}

}  // namespace kv
