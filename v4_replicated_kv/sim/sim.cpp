#include "v4_replicated_kv/sim/sim.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "common/report/paint.hpp"
#include "common/survey/stopwatch.hpp"
#include "v4_replicated_kv/sim/script_run.hpp"
#include "v4_replicated_kv/sim/summary.hpp"
#include "v4_replicated_kv/sim/words.hpp"
#include "v4_replicated_kv/simulation/script/shrink.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv sim";

RunRules rules_of(const SimWords& words, std::uint64_t seed) {
  return {.seed = seed, .safety_max = words.ticks, .mistake = words.mistake};
}

RunReport run_seed(const SimWords& words, std::uint64_t seed, bool keeps_lines) {
  RunRules rules = rules_of(words, seed);
  rules.keeps_lines = keeps_lines;
  return random_run(rules);
}

// Each so many seeds one is run once more: the same seed has to be the same run.
constexpr std::uint64_t kTwiceEach = 20;

bool is_repeatable(const SimWords& words, const RunReport& report, SimSummary& summary) {
  if (report.seed % kTwiceEach != 0) return true;
  ++summary.twice;
  if (run_seed(words, report.seed, false).trace_hash == report.trace_hash) return true;
  summary.other_run = report.seed;
  return false;
}

// The run with its lines, and the short script that shows the same.
void tell(const SimWords& words, std::uint64_t seed, SimSummary& summary) {
  summary.broken = run_seed(words, seed, true);
  auto shrunk = shrink(rules_of(words, seed));
  if (shrunk) {
    summary.shrunk = *std::move(shrunk);
  } else {
    summary.no_script = shrunk.error().detail;
  }
}

Result<int> run_trace(const SimWords& words) {
  const RunReport report = run_seed(words, words.first, true);
  std::string text = trace_text(report.lines);
  if (report.broken) {
    text += fmt::format("\nseed {} breaks a promise: {}\n", report.seed,
                        report.broken->promise);
    text += wrapped("  ", report.broken->sentence);
  }
  if (auto written = write_output(text); !written) {
    return std::unexpected(written.error());
  }
  return report.broken ? 1 : 0;
}

Result<int> run_seeds(const SimWords& words) {
  SimSummary summary;
  bool is_ok = true;
  const double ms = milliseconds_of([&] {
    for (std::uint64_t seed = words.first; seed <= words.last && is_ok; ++seed) {
      const RunReport report = run_seed(words, seed, false);
      summary.add(report);
      is_ok = is_repeatable(words, report, summary) && !report.broken;
    }
  });
  if (!is_ok && !summary.other_run) tell(words, words.first + summary.seeds - 1, summary);
  fmt::print(stderr, "{:.1f} operations per millisecond\n",
             static_cast<double>(summary.operations) / ms);
  const auto written = write_output(words.json ? summary_json(words, summary)
                                               : summary_text(words, summary));
  if (!written) return std::unexpected(written.error());
  return is_ok ? 0 : 1;
}

Result<int> run(int argc, const char* const* argv) {
  const auto words = read_sim_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  if (!words->script.empty() && !words->help) return run_script(*words);
  if (words->trace) return run_trace(*words);
  if (!words->help) return run_seeds(*words);
  if (auto written = write_output(sim_help()); !written) {
    return std::unexpected(written.error());
  }
  return 0;
}

}  // namespace

int sim_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
