#include "common/report/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "common/report/flow_text.hpp"
#include "common/report/numbers.hpp"
#include "common/report/paint.hpp"

namespace kv {

namespace {

constexpr std::string_view kIndent = "                     ";  // behind a heading
constexpr std::size_t kNodesShown = 24;

std::string heading(Style style, std::string_view name, std::string_view text) {
  const auto gap = kIndent.substr(std::min(kIndent.size() - 1, name.size()));
  std::string first = wrapped(fmt::format("{}{}", name, gap), text);
  return paint(style, Ink::heading, name) + first.substr(name.size());
}

std::string intro(const Lesson& lesson, const Run& run, Style style) {
  const StepReport& first = run.steps.front();
  std::string facts = fmt::format(
      "{} nodes, {} keys from {}, hash {}, seed {}", first.nodes.size(),
      with_commas(run.keys.count),
      run.keys.source == "synthetic" ? "key-0 on" : run.keys.source, run.hash, run.seed);
  if (run.vnodes) {
    facts += fmt::format(", {} tokens {}", with_commas(*run.vnodes),
                         first.weighted() ? "per unit of weight" : "a node");
  }
  if (run.trials > 0) facts += fmt::format(", {} trials", run.trials);
  std::string out = paint(style, Ink::heading, lesson.title) + "\n" + wrapped("", facts);
  if (run.keys.skipped > 0) {
    out += fmt::format("{} empty lines skipped\n", with_commas(run.keys.skipped));
  }
  if (run.keys.distinct < run.keys.count) {
    out += wrapped("", fmt::format("{} of the keys are distinct; repeats fall together, so "
                                   "predictions count {} independent keys",
                                   with_commas(run.keys.distinct),
                                   with_commas(static_cast<std::uint64_t>(
                                       run.keys.independent))));
  }
  return out;
}

std::string question(const Lesson& lesson, const Run& run, Style style) {
  if (run.steps.size() == 1) return "";
  const StepReport& step = run.steps[1];
  const char* verb = step.action == Action::add      ? "joins"
                     : step.action == Action::remove ? "leaves"
                                                     : "changes its weight";
  return "\n" + heading(style, "BEFORE YOU READ ON",
                        fmt::format("{} {}. {} Write it down, or say it: --predict moved=9%",
                                    step.node, verb, lesson.question));
}

// The nodes to show: all, or the fullest and the emptiest of very many.
std::vector<NodeLoad> shown_nodes(const StepReport& step) {
  auto nodes = step.nodes;
  if (nodes.size() <= kNodesShown) return nodes;
  std::ranges::stable_sort(nodes, std::greater(), &NodeLoad::keys);
  nodes.erase(nodes.begin() + kNodesShown / 2, nodes.end() - kNodesShown / 2);
  return nodes;
}

std::string step_heading(const StepReport& step, std::size_t index, Style style) {
  const std::string members = fmt::format("{} nodes", with_commas(step.nodes.size()));
  if (index == 0) return heading(style, "INITIAL", members);
  return heading(style, fmt::format("STEP {}", index),
                 fmt::format("{} {}: {} now", name_of(step.action), step.node, members));
}

// How many keys a node has more than before, signed; "new" for a node that was not there.
std::string change_cell(const NodeLoad& node, const StepReport& before) {
  const auto old = std::ranges::find(before.nodes, node.name, &NodeLoad::name);
  if (old == before.nodes.end()) return "new";
  if (node.keys == old->keys) return "0";
  return node.keys > old->keys ? "+" + with_commas(node.keys - old->keys)
                               : "-" + with_commas(old->keys - node.keys);
}

std::string summary_line(const Distribution& all) {
  return fmt::format("  mean {}   min {}   max {}   max/mean {}   CV {} %\n",
                     with_commas(static_cast<std::uint64_t>(all.mean + 0.5)),
                     with_commas(all.min), with_commas(all.max), plain(all.max_over_mean()),
                     percent(all.cv()));
}

std::string load_table(const StepReport& step, const StepReport* before, Style style) {
  const auto nodes = shown_nodes(step);
  std::size_t name_width = 8;
  const bool weighted = step.weighted();
  double largest = 0.4;  // of all keys: bars of different stages compare while they can
  for (const NodeLoad& node : nodes) {
    name_width = std::max(name_width, std::min<std::size_t>(node.name.size(), 24));
    largest = std::max(largest, node.share);
  }
  const auto row = [&](std::string_view name, const std::string& weight,
                       std::string_view keys, std::string_view share,
                       const std::string& change, const std::string& drawn) {
    std::string line = fmt::format("  {:<{}}", name, name_width);
    if (weighted) line += fmt::format("{:>8}", weight);
    line += fmt::format("{:>15}{:>9}", keys, share);
    if (before != nullptr) line += fmt::format("{:>13}", change);
    line += "  " + drawn;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  const std::size_t bar_width =
      kColumns - name_width - 28 - (weighted ? 8 : 0) - (before != nullptr ? 13 : 0);
  std::string out = row("node", "weight", "keys", "share", "change", "");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeLoad& node = nodes[i];
    if (nodes.size() < step.nodes.size() && i == nodes.size() / 2) {
      out += fmt::format("  ... {} nodes between the fullest and the emptiest ...\n",
                         with_commas(step.nodes.size() - nodes.size()));
    }
    out += row(node.name, fmt::format("{:g}", node.weight), with_commas(node.keys),
               percent(node.share) + " %",
               before != nullptr ? change_cell(node, *before) : "",
               bar(style, node.share / largest, std::min<std::size_t>(bar_width, 40)));
  }
  return out + summary_line(step.distribution);
}

std::string predicted_cell(const StepReport& step, Quantity quantity) {
  for (const CheckedFigure& figure : step.predictions) {
    if (figure.quantity != quantity) continue;
    const auto value = value_of(quantity, figure.predicted);
    const auto tolerance = value_of(quantity, figure.tolerance);
    const bool exact = tolerance == "0";
    return exact ? fmt::format("{}{}", value, unit_of(quantity))
                            : fmt::format("{} ± {}{}", value, tolerance, unit_of(quantity));
  }
  return "";
}

std::string verdict_cell(const StepReport& step, Quantity quantity, Style style) {
  for (const CheckedFigure& figure : step.predictions) {
    if (figure.quantity != quantity) continue;
    return figure.agrees() ? paint(style, Ink::good, "ok ") : paint(style, Ink::bad, "OFF");
  }
  return "   ";
}

// fmt counts columns of UTF-8 text, but ASCII style must not show a ± sign.
std::string plus_minus(Style style, std::string text) {
  const auto at = text.find("±");
  if (style.ascii && at != text.npos) text.replace(at, std::string_view("±").size(), "+-");
  return text;
}

std::string figure_table(const StepReport& step, std::uint64_t trials, Style style) {
  std::string out =
      fmt::format("\n  {:<22}{:>17}{:>14}    {}\n", "", "predicted", "this run",
                  trials > 0 ? fmt::format("{:>3} seeds: p5    mean     p95", trials) : "");
  out.erase(out.find_last_not_of(" \n") + 1);
  out += '\n';
  for (const Quantity quantity : kQuantities) {
    if (needs_a_step(quantity) && !step.remap) continue;
    const auto run = fmt::format("{}{}", value_of(quantity, step.figures[quantity]),
                                 unit_of(quantity));
    std::string line = fmt::format(
        "  {:<22}{:>17}{:>14} {}", label_of(quantity, step.weighted()),
        plus_minus(style, predicted_cell(step, quantity)), run,
        verdict_cell(step, quantity, style));
    for (const SeedRange& range : step.trials) {
      if (range.quantity != quantity) continue;
      line += fmt::format("{:>13}{:>8}{:>8}{}", value_of(quantity, range.p5),
                          value_of(quantity, range.mean), value_of(quantity, range.p95),
                          unit_of(quantity));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string sweep_table(const Run& run, Style style) {
  if (run.sweep.empty()) return "";
  const std::size_t nodes = run.steps.front().nodes.size();
  std::string out =
      "\n" + heading(style, "HOW MANY TOKENS?",
                     fmt::format("Load spread (CV) of the first {} nodes, by tokens a node.",
                                 nodes));
  out += fmt::format("\n  {:>8}{:>13}{:>13}{}\n", "tokens", "predicted", "this run",
                     run.trials > 0
                         ? fmt::format("{:>12} seeds: p5    mean     p95", run.trials)
                         : "");
  for (const SweepRow& row : run.sweep) {
    out += fmt::format("  {:>8}{:>11} %{:>11} %", with_commas(row.vnodes),
                       percent(row.predicted), percent(row.measured));
    if (row.trials) {
      out += fmt::format("{:>21}{:>8}{:>8} %", percent(row.trials->p5),
                         percent(row.trials->mean), percent(row.trials->p95));
    }
    out += "\n";
  }
  return out;
}

std::string guess_line(const Run& run, Style style) {
  if (!run.guess) return "";
  const auto [quantity, value] = *run.guess;
  const StepReport& step = run.steps.size() > 1 ? run.steps[1] : run.steps[0];
  const double measured = step.figures[quantity];
  return "\n" + heading(style, "YOUR PREDICTION",
                        fmt::format("{} {}{}; this run says {}{}, which is {}{} away.",
                                    name_of(quantity), value_of(quantity, value),
                                    unit_of(quantity), value_of(quantity, measured),
                                    unit_of(quantity),
                                    value_of(quantity, std::abs(measured - value)),
                                    is_share(quantity) ? " points" : ""));
}

}  // namespace

std::string render_text(const Lesson& lesson, const Run& run, Style style) {
  std::string out = intro(lesson, run, style) + question(lesson, run, style);
  for (std::size_t s = 0; s < run.steps.size(); ++s) {
    const StepReport& step = run.steps[s];
    out += "\n" + step_heading(step, s, style);
    out += load_table(step, s > 0 ? &run.steps[s - 1] : nullptr, style);
    out += figure_table(step, run.trials, style);
    if (step.remap) out += flow_table(*step.remap, run.names);
  }
  out += sweep_table(run, style) + guess_line(run, style);
  std::string_view name = "WHAT TO NOTICE";
  for (const std::string& paragraph : lesson.to_notice) {
    out += (name.empty() ? "" : "\n") + heading(style, name, paragraph);
    name = "";
  }
  out += heading(style, "WHY", lesson.why) + heading(style, "NEXT", lesson.next);
  return out;
}

}  // namespace kv
