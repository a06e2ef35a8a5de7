#include "common/command_line/program.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "common/report/csv.hpp"
#include "common/report/html.hpp"
#include "common/report/json.hpp"
#include "common/report/text.hpp"

namespace kv {

namespace {

Result<int> parse_and_run(const Program& program, int argc, const char* const* argv,
                          const std::function<Result<void>(const Options&)>& run) {
  const auto parsed = parse_options(program, argc, argv);
  if (!parsed) return std::unexpected(parsed.error());
  const auto* answer = std::get_if<Printout>(&*parsed);
  const auto done =
      answer != nullptr ? write_output(answer->text) : run(std::get<Options>(*parsed));
  if (!done) return std::unexpected(done.error());
  return 0;
}

Result<void> write_page(const Options& options, const std::vector<Run>& runs) {
  if (options.report_path.empty()) return {};
  return write_file(options.report_path, render_html(runs));
}

}  // namespace

int run_program(const Program& program, int argc, const char* const* argv,
                const std::function<Result<void>(const Options&)>& run) {
  return exit_status_of(
      program.name, [&] { return parse_and_run(program, argc, argv, run); },
      "out of memory; take fewer keys or nodes");
}

Result<void> with_keys(const Options& options,
                       const std::function<Result<void>(const KeySet&, Progress&)>& use) {
  std::error_code unknown;  // a path that is not there is no file of the other's
  const bool same_file =
      options.keys.kind == KeySource::Kind::file &&
      std::filesystem::equivalent(options.keys.path, options.report_path, unknown);
  if (same_file) {
    return fail(
        Errc::bad_usage,
        fmt::format("--report {}: is the file that --keys reads; take another name",
                    printable(options.report_path)));
  }
  Progress progress(!options.quiet);
  const auto keys = read_keys(options.keys, options.hasher, progress);
  if (!keys) return std::unexpected(keys.error());
  return use(*keys, progress);
}

void describe_run(const Program& program, const Options& options, const KeySet& keys,
                  Run& run) {
  run.stage = program.name;
  run.hash = options.hash_name;
  run.seed = options.hasher.seed();
  run.keys = keys.facts;
  if (program.algorithms != nullptr) {
    const Algorithm& own = program.algorithms().front();
    run.algorithm = (options.algorithm != nullptr ? *options.algorithm : own).name;
  }
  if (has_vnodes(program, options)) run.vnodes = options.vnodes;
  if (program.has_failures) run.replicas = options.replicas;
  run.trials = options.trials;
  run.guess = options.guess;
}

Result<void> deliver(const Lesson& lesson, const Options& options, const Run& run) {
  if (auto written = write_page(options, {run}); !written) return written;
  switch (options.format) {
    case Format::json:
      return write_output(render_json(run));
    case Format::csv:
      return write_output(render_csv({run}));
    case Format::text:
      break;
  }
  return write_output(
      render_text(lesson, run, choose_style(options.color, options.ascii)));
}

Result<void> deliver_comparison(const Options& options, const std::vector<Run>& runs) {
  if (auto written = write_page(options, runs); !written) return written;
  switch (options.format) {
    case Format::json:
      return write_output(render_json(runs));
    case Format::csv:
      return write_output(render_csv(runs));
    case Format::text:
      break;
  }
  return write_output(
      render_comparison(runs, choose_style(options.color, options.ascii)));
}

}  // namespace kv
