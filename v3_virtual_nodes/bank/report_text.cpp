#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/text.hpp"
#include "common/report/numbers.hpp"
#include "common/report/text.hpp"
#include "v3_virtual_nodes/bank/report.hpp"

namespace kv::bank {

namespace {

constexpr std::size_t kDatabasesShown = 24;
constexpr std::size_t kNameWidthMax = 24;

std::string intro(const BankRun& run, Style style) {
  const std::string source = run.source == "synthetic"
                                 ? "made up"
                                 : fmt::format("from {}", printable(run.source));
  std::string out = paint(style, Ink::heading, "CHAPTER 3 - the bank") + "\n";
  const std::string work =
      run.steps.size() == 1
          ? ""
          : fmt::format("; in each step {} {} {}", counted(run.options.threads, "thread"),
                        run.options.threads == 1 ? "does" : "do",
                        counted(run.options.operations, "operation"));
  out += wrapped("", fmt::format("{}, {} {}, hash {}, seed {}, {} a database{}",
                                 counted(run.steps.front().databases.size(), "database"),
                                 counted(run.records, "record"), source, run.hash,
                                 run.seed, counted(run.vnodes, "token"), work));
  if (run.skipped > 0) out += counted(run.skipped, "empty line") + " skipped\n";
  return out;
}

std::string question(const BankRun& run, Style style) {
  if (run.steps.size() == 1) return "";
  const StepState& step = run.steps[1];
  const char* const verb = step.action == Action::add      ? "joins"
                           : step.action == Action::remove ? "leaves"
                                                           : "changes its weight";
  return "\n" +
         heading(style, "BEFORE YOU READ ON",
                 fmt::format("{} {} while {} money. How many records move, and how many "
                             "cents are missing afterwards?",
                             step.changed, verb,
                             run.options.threads == 1
                                 ? "a thread moves"
                                 : fmt::format("{} threads move", run.options.threads)));
}

std::string change_cell(const DatabaseState& database, const StepState& before) {
  const auto old =
      std::ranges::find(before.databases, database.name, &DatabaseState::name);
  if (old == before.databases.end()) return "new";
  if (database.records == old->records) return "0";
  return database.records > old->records
             ? "+" + with_commas(database.records - old->records)
             : "-" + with_commas(old->records - database.records);
}

std::string database_table(const StepState& step, const StepState* before, Style style) {
  std::size_t width = 8;
  double largest = step.databases.size() <= 12 ? 0.4 : 0.0;  // few share one scale
  for (const DatabaseState& database : step.databases) {
    width = std::max(width, std::min(characters_in(database.name), kNameWidthMax));
    largest = std::max(largest, database.share);
  }
  std::string out =
      fmt::format("  {:<{}} {:>11} {:>8}{} {:>21}\n", "database", width, "records",
                  "share", before != nullptr ? "      change" : "", "money");
  const std::size_t columns =
      kColumns - width - 47 - (before != nullptr ? 12 : 0);  // what is left for the bar
  const std::size_t shown = std::min(step.databases.size(), kDatabasesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const DatabaseState& database = step.databases[i];
    std::string line =
        fmt::format("  {:<{}} {:>11} {:>6} %", fitted(database.name, kNameWidthMax),
                    width, with_commas(database.records), percent(database.share));
    if (before != nullptr) line += fmt::format(" {:>11}", change_cell(database, *before));
    line += fmt::format(" {:>21}  {}", to_text(database.money),
                        bar(style, largest > 0 ? database.share / largest : 0,
                            std::min<std::size_t>(columns, 32)));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  if (shown < step.databases.size()) {
    out += fmt::format("  ... and {} ...\n",
                       counted(step.databases.size() - shown, "more database"));
  }
  return out;
}

std::string work_text(const Work& work) {
  return fmt::format("{} ({}), {} ({}), {}", counted(work.deposits, "deposit"),
                     to_text(work.deposited), counted(work.transfers, "transfer"),
                     to_text(work.transferred), counted(work.reads, "read"));
}

std::string moved_table(const StepState& step, Style style) {
  const Moved& moved = *step.moved;
  const std::string tolerance =
      moved.tolerance > 0
          ? fmt::format(" {} {}", style.ascii ? "+-" : "±", percent(moved.tolerance))
          : "";
  std::string out = fmt::format("\n  {:<22}{:>17}{:>14}\n", "", "predicted", "this run");
  out += fmt::format(
      "  {:<22} {:>16} {:>13} {} {:>12}\n", "records moved",
      fmt::format("{}{} %", percent(moved.predicted_share), tolerance),
      percent(moved.share) + " %",
      moved.agrees() ? paint(style, Ink::good, "ok ") : paint(style, Ink::bad, "OFF"),
      with_commas(moved.records));
  return out + wrapped("  meanwhile               ", work_text(step.work));
}

std::string step_heading(const StepState& step, std::size_t index, Style style) {
  const std::string members = counted(step.databases.size(), "database");
  if (index == 0) return heading(style, "INITIAL", members);
  std::string change = fmt::format("{} {}", name_of(step.action), step.changed);
  if (step.action == Action::weight) {
    const auto database =
        std::ranges::find(step.databases, step.changed, &DatabaseState::name);
    change += fmt::format(" to {:g}", database->weight);
  }
  return heading(style, fmt::format("STEP {}", index),
                 fmt::format("{}: {} now", change, members));
}

std::string totals(const BankRun& run, Style style) {
  const Cents due{run.before.raw() + run.work.deposited.raw()};
  const bool moves = run.steps.size() > 1;
  std::string out =
      "\n" + heading(style, "TO THE CENT",
                     moves ? "before, and after all steps" : "no step: as it was opened");
  const auto line = [&](std::string_view what, const std::string& amount,
                        const std::string& verdict) {
    out += fmt::format("  {:<22} {:>24}{}\n", what, amount, verdict);
  };
  line("opened with", to_text(run.before), "");
  if (moves) {
    line("deposited", to_text(run.work.deposited), "");
    line("so there should be", to_text(due), "");
  }
  for (const WayState& way : run.ways) {
    const bool right = way.after == due;
    line(moves ? fmt::format("moved {}", name_of(way.way)) : "counted",
         to_text(way.after),
         right ? paint(style, Ink::good, " ok") : paint(style, Ink::bad, " OFF"));
    if (!moves) break;  // and both ways are one
  }
  return out;
}

std::string checked(const BankRun& run) {
  return fmt::format(
      "each of the {} was found once, in the database where the ring puts "
      "it, with every account right to the cent.",
      counted(run.records, "record"));
}

// What was found, sentence by sentence: of a run without steps there is little to say.
std::string findings(const BankRun& run) {
  if (run.steps.size() == 1) {
    return fmt::format("Nothing changed, so nothing moved: {}", checked(run));
  }
  const WayState& first = run.ways.front();
  const std::string ways = run.ways.size() == 2
                               ? "At once and lazily the same number of records moved"
                               : fmt::format("Moved {}", name_of(first.way));
  return fmt::format(
      "{}: {}. Afterwards {} So was each audit taken while threads worked: {}.", ways,
      with_commas(first.moved), checked(run),
      with_commas(first.audits * run.ways.size()));
}

std::string to_notice(const BankRun& run, Style style) {
  std::string out = "\n" + heading(style, "WHAT TO NOTICE", findings(run));
  out += "\n" +
         heading(style, "",
                 "Each record is in one database only, and all of them in the memory of "
                 "one process. If that dies, the bank is gone.");
  out += heading(style, "WHY", "v3_virtual_nodes/bank/README.md");
  return out + heading(style, "NEXT", "v4_replicated_kv: keep more than one copy");
}

}  // namespace

std::string_view name_of(Rebalance way) {
  return way == Rebalance::at_once ? "at once" : "lazily";
}

std::string render_text(const BankRun& run, Style style) {
  std::string out = intro(run, style) + question(run, style);
  for (std::size_t s = 0; s < run.steps.size(); ++s) {
    const StepState& step = run.steps[s];
    out += "\n" + step_heading(step, s, style);
    out += database_table(step, s > 0 ? &run.steps[s - 1] : nullptr, style);
    if (step.moved) out += moved_table(step, style);
  }
  return out + totals(run, style) + to_notice(run, style);
}

std::string render_timing(const BankRun& run, Style style) {
  if (run.steps.size() == 1) return "";
  std::string out = "\n" + heading(style, "BY THE CLOCK",
                                   "all steps together; another run, other figures");
  const auto row = [&](std::string_view what, const auto& value_of) {
    out += fmt::format("  {:<40}", what);
    for (const WayState& way : run.ways) out += fmt::format("{:>16}", value_of(way));
    out += "\n";
  };
  using Way = const WayState&;
  row("", [](Way way) { return std::string(name_of(way.way)); });
  row("the changes themselves, ms",
      [](Way way) { return fmt::format("{:.1f}", way.timing.change_ms); });
  row("moving the rest afterwards, ms",
      [](Way way) { return fmt::format("{:.1f}", way.timing.sweep_ms); });
  row("records moved", [](Way way) { return with_commas(way.moved); });
  row("  of which by an operation on them",
      [](Way way) { return with_commas(way.timing.touched); });
  row("operations while records moved",
      [](Way way) { return with_commas(way.timing.in_window); });
  row("  a second", [](Way way) {
    const double seconds = way.timing.window_ms / 1000;
    const double speed =
        seconds > 0 ? static_cast<double>(way.timing.in_window) / seconds : 0;
    return with_commas(static_cast<std::uint64_t>(std::llround(speed)));
  });
  row("longest single operation, ms",
      [](Way way) { return fmt::format("{:.3f}", way.timing.longest_ms); });
  return out;
}

}  // namespace kv::bank
