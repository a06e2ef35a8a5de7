#include "common/report/text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "common/report/copies_text.hpp"
#include "common/report/facts.hpp"
#include "common/report/flow_text.hpp"
#include "common/report/load_text.hpp"
#include "common/report/numbers.hpp"
#include "common/report/paint.hpp"
#include "common/report/scenes_text.hpp"

namespace kv {

namespace {

constexpr std::string_view kIndent = "                     ";  // behind a heading

}  // namespace

std::string heading(Style style, std::string_view name, std::string_view text) {
  const auto gap = kIndent.substr(std::min(kIndent.size() - 1, name.size()));
  std::string first = wrapped(fmt::format("{}{}", name, gap), text);
  return paint(style, Ink::heading, name) + first.substr(name.size());
}

std::string predicted_cell(const StepReport& step, Quantity quantity, Style style) {
  for (const CheckedFigure& figure : step.predictions) {
    if (figure.quantity != quantity) continue;
    const auto value = value_of(quantity, figure.predicted);
    const auto tolerance = value_of(quantity, figure.tolerance);
    const bool whole = quantity == Quantity::donors && figure.tolerance < 0.05;
    const bool exact = whole || tolerance == "0";
    if (exact) return fmt::format("{}{}", value, unit_of(quantity));
    return fmt::format("{} {} {}{}", value, style.ascii ? "+-" : "±", tolerance,
                       unit_of(quantity));
  }
  return "";
}

std::string verdict_cell(const StepReport& step, Quantity quantity, Style style) {
  for (const CheckedFigure& figure : step.predictions) {
    if (figure.quantity != quantity) continue;
    return figure.agrees() ? paint(style, Ink::good, "ok ")
                           : paint(style, Ink::bad, "OFF");
  }
  return "   ";
}

namespace {

std::string intro(const Lesson& lesson, const Run& run, Style style) {
  std::string out =
      paint(style, Ink::heading, lesson.title) + "\n" + wrapped("", facts_of(run));
  if (run.keys.skipped > 0) {
    out += counted(run.keys.skipped, "empty line") + " skipped\n";
  }
  if (run.keys.distinct < run.keys.count) {
    out +=
        wrapped("", fmt::format("{} of the keys are distinct; repeats fall together, so "
                                "predictions count {} independent keys",
                                with_commas(run.keys.distinct),
                                with_commas(static_cast<std::uint64_t>(
                                    std::llround(run.keys.independent)))));
  }
  return out;
}

std::string caveat(const Lesson& lesson, Style style) {
  if (lesson.caveat.empty()) return "";
  return "\n" + heading(style, "KNOW FIRST", lesson.caveat);
}

std::string question(const Lesson& lesson, const Run& run, Style style) {
  if (run.steps.size() == 1) return "";
  const StepReport& step = run.steps[1];
  const auto verb = [&] {
    switch (step.action) {
      case Action::add:
        return "joins";
      case Action::remove:
        return step.of_copies() ? "dies and is taken out" : "leaves";
      case Action::down:
        return "goes down, but stays a member";
      default:
        return "changes its weight";
    }
  }();
  return "\n" +
         heading(style, "BEFORE YOU READ ON",
                 fmt::format("{} {}. {} Write it down, or say it: --predict moved=9%",
                             step.node, verb, lesson.question));
}

std::string step_heading(const StepReport& step, std::size_t index, Style style) {
  const std::string members = counted(step.nodes.size(), "node");
  if (index == 0) return heading(style, "INITIAL", members);
  std::string change = fmt::format("{} {}", name_of(step.action), step.node);
  if (step.action == Action::weight) {
    const auto node = std::ranges::find(step.nodes, step.node, &NodeLoad::name);
    change += fmt::format(" to {:g}", node->weight);
  }
  return heading(style, fmt::format("STEP {}", index),
                 fmt::format("{}: {} now", change, members));
}

std::string figure_table(const StepReport& step, std::uint64_t trials, Style style) {
  std::string out = fmt::format(
      "\n  {:<22}{:>17}{:>14}    {}\n", "", "predicted", "this run",
      trials > 0 ? fmt::format("{:>3} seeds: p5    mean     p95", trials) : "");
  out.erase(out.find_last_not_of(" \n") + 1);
  out += '\n';
  for (const Quantity quantity : kQuantities) {
    if (needs_a_step(quantity) && !step.remap) continue;
    const auto run = fmt::format("{}{}", value_of(quantity, step.figures[quantity]),
                                 unit_of(quantity));
    std::string line = fmt::format("  {:<22} {:>16} {:>13} {}",
                                   label_of(quantity, step.weighted(), step.of_copies()),
                                   predicted_cell(step, quantity, style), run,
                                   verdict_cell(step, quantity, style));
    for (const SeedRange& range : step.trials) {
      if (range.quantity != quantity) continue;
      line += fmt::format("{:>13} {:>7} {:>7}{}", value_of(quantity, range.p5),
                          value_of(quantity, range.mean), value_of(quantity, range.p95),
                          unit_of(quantity));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string sweep_heading(const Run& run, Style style) {
  const std::string first = counted(run.steps.front().nodes.size(), "node");
  const auto& sets = run.sweep.front().sets;
  return heading(
      style, "HOW MANY TOKENS?",
      sets ? fmt::format("Load spread (CV) of the first {}, and how many of the {} "
                         "possible sets of {} are in use, by tokens a node.",
                         first, possible_sets(*sets), counted(*run.replicas, "node"))
           : fmt::format("Load spread (CV) of the first {}, by tokens a node.", first));
}

std::string sweep_table(const Run& run, Style style) {
  if (run.sweep.empty()) return "";
  const bool of_copies = run.sweep.front().sets.has_value();
  std::string out = "\n" + sweep_heading(run, style);
  out += fmt::format(
      "\n  {:>8}{:>13}{:>13}{}{}\n", "tokens", "predicted", "this run",
      run.trials > 0 ? fmt::format("{:>12} seeds: p5    mean     p95", run.trials) : "",
      of_copies ? "        sets" : "");
  for (const SweepRow& row : run.sweep) {
    out += fmt::format("  {:>8} {:>12} {:>10} %", with_commas(row.vnodes),
                       row.predicted ? percent(*row.predicted) + " %" : "",
                       percent(row.measured));
    if (row.trials) {
      out += fmt::format("{:>21} {:>7} {:>7} %", percent(row.trials->p5),
                         percent(row.trials->mean), percent(row.trials->p95));
    }
    if (row.sets) out += fmt::format("{:>10}", with_commas(row.sets->used));
    out += "\n";
  }
  return out;
}

std::string guess_line(const Run& run, Style style) {
  if (!run.guess) return "";
  const auto [quantity, value] = *run.guess;
  const StepReport& step = run.guessed_step();
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
  std::string out =
      intro(lesson, run, style) + caveat(lesson, style) + question(lesson, run, style);
  for (std::size_t s = 0; s < run.steps.size(); ++s) {
    const StepReport& step = run.steps[s];
    out += "\n" + step_heading(step, s, style);
    out += load_table(step, s > 0 ? &run.steps[s - 1] : nullptr, style);
    if (step.of_copies()) out += reach_lines(step);
    out += figure_table(step, run.trials, style);
    if (step.remap) {
      out += flow_table(*step.remap, run.names, step.of_copies() ? "copies" : "keys");
    }
  }
  out += end_table(run, style) + table_beside_walk(run, style);
  out += sweep_table(run, style) + guess_line(run, style);
  std::string_view name = "WHAT TO NOTICE";
  for (const std::string& paragraph : lesson.to_notice) {
    out += (name.empty() ? "" : "\n") + heading(style, name, paragraph);
    name = "";
  }
  const std::string scenes = scenes_text(run.scenes, style);
  if (!scenes.empty()) out += scenes + "\n";
  out += heading(style, "WHY", lesson.why) + heading(style, "NEXT", lesson.next);
  return out;
}

}  // namespace kv
