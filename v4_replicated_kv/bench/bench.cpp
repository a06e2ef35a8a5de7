#include "v4_replicated_kv/bench/bench.hpp"

#include <string>
#include <string_view>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/bench/bench_report.hpp"
#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/bench/measure.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv bench";

Result<int> run(int argc, const char* const* argv) {
  const auto words = bench::read_bench_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  std::string text(bench::bench_help());
  int status = 0;
  if (!words->help) {
    const auto measured = bench::measure(*words);
    if (!measured) return std::unexpected(measured.error());
    text = words->json ? bench::bench_json(*words, *measured)
                       : bench::bench_text(*words, *measured);
    for (const std::string& one : bench::complaints(*words, *measured)) {
      status = report_error(kName, {Errc::io, one});
    }
  }
  if (auto written = write_output(text); !written) {
    return std::unexpected(written.error());
  }
  return status;
}

}  // namespace

int bench_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
