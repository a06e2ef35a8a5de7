#include "v4_replicated_kv/sim/summary.hpp"

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/report/paint.hpp"
#include "v4_replicated_kv/sim/excerpt.hpp"
#include "v4_replicated_kv/simulation/script/write.hpp"

namespace kv {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

void SimSummary::add(const RunReport& report) {
  ++seeds;
  operations += report.operations;
  ok += report.ok;
  refused += report.refused;
  unknown += report.unknown;
  faults += report.faults;
  messages += report.messages;
  trace_hash = trace_hash * 31 + report.trace_hash;
}

std::string replay_command(const SimWords& words, std::uint64_t seed) {
  std::string command = fmt::format("v4_replicated_kv sim --seeds {} --trace", seed);
  if (words.ticks != SimWords{}.ticks) {
    command += fmt::format(" --ticks {}", words.ticks.raw());
  }
  if (words.mistake != Mistake::none) {
    command += fmt::format(" --mistake {}", name_of(words.mistake));
  }
  return command;
}

std::string summary_text(const SimWords& words, const SimSummary& summary) {
  std::string text = fmt::format(
      "{} seed{}, {} operations: {} ok, {} refused, {} unknown; {} faults, {} messages\n"
      "trace {:016x}",
      summary.seeds, summary.seeds == 1 ? "" : "s", summary.operations, summary.ok,
      summary.refused, summary.unknown, summary.faults, summary.messages,
      summary.trace_hash);
  if (summary.twice > 0) {
    text += fmt::format("; {} run twice",
                        summary.twice == 1 ? std::string("1 seed was")
                                           : fmt::format("{} seeds were", summary.twice));
  }
  text += "\n";
  if (summary.other_run) {
    return text + fmt::format(
                      "\nseed {} was another run the second time: something in the "
                      "simulation\ndepends on more than its seed\n",
                      *summary.other_run);
  }
  if (!summary.broken) return text + "every promise was kept\n";
  const RunReport& report = *summary.broken;
  text += fmt::format("\nseed {} breaks a promise: {}\n", report.seed,
                      report.broken->promise);
  text += wrapped("  ", report.broken->sentence) + "\n";
  text += trace_text(excerpt_of(report));
  text += fmt::format("\nall of it: {}\n", replay_command(words, report.seed));
  if (!summary.shrunk) return text + wrapped("no script: ", summary.no_script);
  return text + fmt::format("\nthe same in {} lines of {}, as a script for sim:\n\n{}",
                            summary.shrunk->script.lines.size(),
                            summary.shrunk->lines_before,
                            script_text(summary.shrunk->script));
}

std::string summary_json(const SimWords& words, const SimSummary& summary) {
  nlohmann::ordered_json json{
      {"seeds", {{"first", words.first}, {"run", summary.seeds}}},
      {"operations", summary.operations},
      {"ok", summary.ok},
      {"refused", summary.refused},
      {"unknown", summary.unknown},
      {"faults", summary.faults},
      {"messages", summary.messages},
      {"mistake", name_of(words.mistake)},
      {"trace", fmt::format("{:016x}", summary.trace_hash)},
      {"seeds_run_twice", summary.twice},
      {"not_repeatable", nullptr},
      {"broken", nullptr},
  };
  if (summary.other_run) json["not_repeatable"] = *summary.other_run;
  if (summary.broken) {
    const RunReport& report = *summary.broken;
    json["broken"] = {{"seed", report.seed},
                      {"promise", report.broken->promise},
                      {"sentence", report.broken->sentence},
                      {"key", report.broken->key},
                      {"tail", lines_of(trace_text(excerpt_of(report)))},
                      {"replay", replay_command(words, report.seed)},
                      {"script", nullptr},
                      {"no_script", nullptr}};
    if (summary.shrunk) {
      json["broken"]["script"] = script_text(summary.shrunk->script);
    } else {
      json["broken"]["no_script"] = summary.no_script;
    }
  }
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace kv
