#include "common/report/copies_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "common/report/numbers.hpp"
#include "common/report/text.hpp"

namespace kv {

namespace {

// "1 copy", "3 copies".
std::string copies(std::size_t number) {
  return fmt::format("{} {}", number, number == 1 ? "copy" : "copies");
}

// "3 copies", "no copy".
std::string copies_or_none(std::size_t number) {
  return number == 0 ? "no copy" : copies(number);
}

std::string bytes(std::uint64_t number) {
  if (number < 10'240) return counted(number, "byte");
  if (number < 10 << 20) return fmt::format("{} KiB", with_commas((number + 512) >> 10));
  return fmt::format("{} MiB", with_commas((number + (1 << 19)) >> 20));
}

// A column of the table of ends; `moved` is null where nothing can be counted.
std::string cell(const StepReport* step, std::uint64_t number) {
  return step == nullptr ? "-" : with_commas(number);
}

std::string step_name(const StepReport& step, std::size_t index) {
  if (index == 0) return "INITIAL";
  return fmt::format("STEP {}  {} {}", index, name_of(step.action), step.node);
}

std::string range_cell(const StepReport& step, Quantity quantity) {
  for (const SeedRange& range : step.trials) {
    if (range.quantity != quantity) continue;
    return fmt::format("{} to {}{}", value_of(quantity, range.p5),
                       value_of(quantity, range.p95), unit_of(quantity));
  }
  return "";
}

// A step's rows: the walk's figure, and the table's beside its prediction.
std::string rows_of(const StepReport& walk, const StepReport& table, Style style) {
  std::string out;
  for (const Quantity quantity : kQuantities) {
    if (needs_a_step(quantity) && !walk.remap) continue;
    const auto value = [&](const StepReport& step) {
      return value_of(quantity, step.figures[quantity]) + unit_of(quantity);
    };
    std::string line =
        fmt::format("    {:<22}{:>10}{:>18}{:>11} {}{:>18}",
                    label_of(quantity, walk.weighted(), true), value(walk),
                    predicted_cell(table, quantity, style), value(table),
                    verdict_cell(table, quantity, style), range_cell(table, quantity));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace

std::string possible_sets(const ReplicaSets& sets) {
  return sets.possible < 1e15 ? plain(sets.possible)
                              : fmt::format("{:.1e}", sets.possible);
}

std::string reach_lines(const StepReport& step) {
  const std::size_t all = step.reachable.size() - 1;
  std::string text =
      fmt::format("in reach: {} of {}", copies(all), counted(step.reachable[all], "key"));
  for (std::size_t up = all; step.impaired() && up-- > 0;) {
    text += fmt::format(", {} of {}", up == 0 ? "none" : std::to_string(up),
                        with_commas(step.reachable[up]));
  }
  const ReplicaSets& sets = *step.sets;
  return wrapped("  ", text) +
         wrapped("  ", fmt::format("sets of {} in use: {} of {}", counted(all, "node"),
                                   with_commas(sets.used), possible_sets(sets)));
}

std::string end_table(const Run& run, Style style) {
  if (!run.end) return "";
  const NodeEnd& end = *run.end;
  const StepReport* const removed = end.removed ? &*end.removed : nullptr;
  const std::string others = removed != nullptr
                                 ? "Removed: others take its place and copy what it had."
                                 : "No other node could take its place.";
  std::string out =
      "\n" + heading(style, "DOWN OR REMOVED?",
                     fmt::format("{} fails, from the initial state. Down: it keeps its "
                                 "place, and its copies wait for it. {}",
                                 end.node, others));
  const auto row = [](const std::string& label, const std::string& down,
                      const std::string& gone) {
    return fmt::format("  {:<32}{:>14}{:>14}\n", label, down, gone);
  };
  out += "\n" + row("", "down", "removed");
  out += row("copies moved", with_commas(end.down.remap->moved),
             cell(removed, removed != nullptr ? removed->remap->moved : 0));
  for (std::size_t up = end.down.reachable.size(); up-- > 0;) {
    out += row(fmt::format("keys with {} in reach", copies_or_none(up)),
               with_commas(end.down.reachable[up]),
               cell(removed, removed != nullptr ? removed->reachable[up] : 0));
  }
  return out;
}

std::string table_beside_walk(const Run& run, Style style) {
  if (!run.table) return "";
  const TableRun& table = *run.table;
  std::string out =
      "\n" +
      heading(style, "WALK OR TABLE?",
              fmt::format("The same nodes and steps, and a table that says which nodes "
                          "hold each of {} equal parts of the hash space.",
                          with_commas(table.partitions)));
  std::string head =
      fmt::format("\n    {:<22}{:>10}{:>18}{:>11}    {:>18}\n", "", "the walk",
                  "table: predicted", "this run", run.trials > 0 ? "9 of 10 seeds" : "");
  head.erase(head.find_last_not_of(" \n") + 1);
  out += head + "\n";
  for (std::size_t s = 0; s < run.steps.size(); ++s) {
    out += fmt::format("  {}\n", step_name(run.steps[s], s));
    out += rows_of(run.steps[s], table.steps[s], style);
  }
  out += fmt::format("    {:<22}{:>10}{:>29}\n", "a look-up reads from",
                     bytes(table.ring_bytes), bytes(table.bytes));
  return out;
}

}  // namespace kv
