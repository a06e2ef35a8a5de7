#include "v3_virtual_nodes/bank/program.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "common/command_line/output.hpp"
#include "common/command_line/program.hpp"
#include "v3_virtual_nodes/bank/bank_run.hpp"
#include "v3_virtual_nodes/bank/report.hpp"

namespace kv::bank {

namespace {

constexpr Program kProgram{
    .name = "v3_virtual_nodes",
    .purpose = "Chapter 3's bank: move records while threads move money, lose no cent.",
    .has_weights = true,
    .has_vnodes = true,
    .has_bank = true,
    .is_bank = true};

// What a stage takes and a bank does not.
kv::Result<void> check_limits(const Options& options) {
  if (options.keys.kind == KeySource::Kind::synthetic &&
      options.keys.count > kRecordsMax) {
    return fail(kv::Errc::bad_usage,
                fmt::format("--keys {}: the bank takes a whole number from 1 to {}",
                            options.keys.count, kRecordsMax));
  }
  for (const ClusterState& state : options.scenario.states) {
    if (state.nodes.size() <= kDatabasesMax) continue;
    const std::string& added = options.scenario.names[state.changed.raw()];
    return fail(kv::Errc::bad_usage,
                state.action == Action::initial
                    ? fmt::format("--nodes {}: the bank takes at most {} databases",
                                  state.nodes.size(), kDatabasesMax)
                    : fmt::format("--step add:{}: makes {} databases, and the bank takes "
                                  "at most {}; give fewer --nodes",
                                  added, state.nodes.size(), kDatabasesMax));
  }
  return {};
}

std::string render(const BankRun& run, const Options& options) {
  if (options.format == Format::json) return render_json(run);
  if (options.format == Format::csv) return render_csv(run);
  return render_text(run, choose_style(options.color, options.ascii));
}

kv::Result<void> run_bank(const Options& options) {
  if (auto checked = check_limits(options); !checked) return checked;
  Progress progress(!options.quiet);
  const auto customers = read_customers(options.keys, options.hasher.seed(), progress);
  if (!customers) return std::unexpected(customers.error());
  const auto run = play(options, *customers, progress);
  if (!run) return std::unexpected(run.error());
  progress.clear();
  if (auto written = write_output(render(*run, options)); !written) return written;
  if (options.format == Format::text && !options.quiet) {
    // On the way to the same terminal it needs no colour of its own, and may be lost.
    std::fputs(render_timing(*run, {.color = false, .ascii = options.ascii}).c_str(),
               stderr);
  }
  return {};
}

}  // namespace

int run(int argc, const char* const* argv) {
  return run_program(kProgram, argc, argv, run_bank);
}

}  // namespace kv::bank
