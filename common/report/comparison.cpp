#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "common/report/facts.hpp"
#include "common/report/numbers.hpp"
#include "common/report/text.hpp"

namespace kv {

namespace {

// Labels and columns that fill a screen, four columns wide.
std::string row(std::string_view label, const std::vector<std::string>& cells) {
  std::string line = fmt::format("  {:<20}", label);
  for (const std::string& cell : cells) line += fmt::format("{:>17}", cell);
  return line + "\n";
}

// The keys that are gone with the node that holds most: none while there is another copy.
double worst_loss(const Run& run) {
  if (run.replicas.value_or(1) > 1) return 0;
  const auto& nodes = run.steps.front().nodes;
  return std::ranges::max_element(nodes, {}, &NodeLoad::share)->share;
}

std::string figure_row(const std::vector<Run>& runs, std::size_t step,
                       Quantity quantity) {
  std::vector<std::string> cells;
  for (const Run& run : runs) {
    cells.push_back(value_of(quantity, run.steps[step].figures[quantity]) +
                    unit_of(quantity));
  }
  return row(label_of(quantity, false), cells);
}

// Where the same figure falls among the seeds: p5 to p95.
std::string seeds_row(const std::vector<Run>& runs, std::size_t step, Quantity quantity) {
  std::vector<std::string> cells;
  for (const Run& run : runs) {
    for (const SeedRange& range : run.steps[step].trials) {
      if (range.quantity != quantity) continue;
      cells.push_back(fmt::format("{} to {}{}", value_of(quantity, range.p5),
                                  value_of(quantity, range.p95), unit_of(quantity)));
    }
  }
  return cells.empty() ? "" : row("    in 9 of 10 seeds", cells);
}

std::string step_table(const std::vector<Run>& runs, std::size_t index, Style style) {
  const StepReport& step = runs.front().steps[index];
  const std::string name =
      index == 0 ? "INITIAL"
                 : fmt::format("STEP {}  {} {}", index, name_of(step.action), step.node);
  std::string out = fmt::format("\n{}  {}\n", paint(style, Ink::heading, name),
                                counted(step.nodes.size(), "node"));
  if (index == 0) {
    std::vector<std::string> cells;
    for (const Run& run : runs) cells.push_back(percent(worst_loss(run)) + " %");
    out += row("a death loses up to", cells);
  }
  for (const Quantity quantity : kQuantities) {
    if (needs_a_step(quantity) && index == 0) continue;
    out += figure_row(runs, index, quantity);
    const bool fixed = quantity == Quantity::sideways || quantity == Quantity::donors;
    if (!fixed) out += seeds_row(runs, index, quantity);
  }
  return out;
}

std::string guess_table(const std::vector<Run>& runs, Style style) {
  const auto& guess = runs.front().guess;
  if (!guess) return "";
  std::vector<std::string> cells;
  for (const Run& run : runs) {
    const StepReport& step = run.guessed_step();
    const double off = std::abs(step.figures[guess->quantity] - guess->value);
    cells.push_back(fmt::format("{}{} away", value_of(guess->quantity, off),
                                is_share(guess->quantity) ? " points" : ""));
  }
  return fmt::format("\n{}  {} {}{}\n", paint(style, Ink::heading, "YOUR PREDICTION"),
                     name_of(guess->quantity), value_of(guess->quantity, guess->value),
                     unit_of(guess->quantity)) +
         row("", cells);
}

// What the table says, as far as this run says it.
std::string conclusion(const std::vector<Run>& runs) {
  const Run& modular = runs[0];
  const Run& ring = runs[1];
  const Run& vnodes = runs[2];
  const Run& copies = runs[3];
  const auto sideways = [](const Run& run) {
    return run.guessed_step().figures[Quantity::sideways];
  };
  const auto spread = [](const Run& run) { return run.steps[0].figures[Quantity::cv]; };
  const bool told = sideways(modular) > 0 && sideways(ring) == 0 &&
                    sideways(vnodes) == 0 && spread(ring) > 2 * spread(vnodes);
  if (!told) return "";
  std::string out =
      "\n" + wrapped("  ",
                     "Modulo wins balance and loses change; the ring wins change and "
                     "loses balance; virtual nodes win both, and pay in memory.");
  if (*copies.replicas == 1) return out;
  return out +
         wrapped("  ", fmt::format("Copies win over a death, and pay {} times the room: "
                                   "what moves is a share of all copies.",
                                   *copies.replicas));
}

}  // namespace

std::string render_comparison(const std::vector<Run>& runs, Style style) {
  const Run& first = runs.front();
  std::string out = paint(style, Ink::heading, "ALL STAGES, SIDE BY SIDE") + "\n" +
                    wrapped("", facts_of(first)) + "\n";
  std::vector<std::string> names, tokens, copies;
  for (const Run& run : runs) {
    names.push_back(run.stage);
    copies.push_back(std::to_string(run.replicas.value_or(1)));
    tokens.push_back(run.tokens_a_node == 0 ? "none" : with_commas(run.tokens_a_node));
  }
  out += paint(style, Ink::heading, row("", names)) + row("tokens a node", tokens) +
         row("copies of a key", copies);
  for (std::size_t s = 0; s < first.steps.size(); ++s) out += step_table(runs, s, style);
  out += guess_table(runs, style);
  out += conclusion(runs);
  return out;
}

}  // namespace kv
