#include "v4_replicated_kv/wal/wal.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "common/report/numbers.hpp"
#include "v4_replicated_kv/runtime/store.hpp"
#include "v4_replicated_kv/wal/dump.hpp"
#include "v4_replicated_kv/wal/import.hpp"
#include "v4_replicated_kv/wal/log_files.hpp"
#include "v4_replicated_kv/wal/verify.hpp"
#include "v4_replicated_kv/wal/words.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv wal";
constexpr int kDamaged = 1;

WallMs now() {
  using std::chrono::milliseconds;
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return WallMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(since).count())};
}

Result<int> run_dump(const WalWords& words) {
  const auto files = open_log(words.path);
  if (!files) return std::unexpected(files.error());
  const auto damage =
      dump(*files, {.all_columns = words.verbose, .now = now()}, write_output);
  if (!damage) return std::unexpected(damage.error());
  for (const Damage& one : *damage) {
    (void)report_error(kName, {Errc::corrupt, describe(one)});
  }
  return damage->empty() ? 0 : kDamaged;
}

Result<int> run_verify(const WalWords& words) {
  const auto files = open_log(words.path);
  if (!files) return std::unexpected(files.error());
  const Verdict verdict = verify(*files);
  const auto written =
      write_output(words.json ? verdict_json(verdict) : verdict_text(verdict));
  if (!written) return std::unexpected(written.error());
  return verdict.damage.empty() ? 0 : kDamaged;
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);  // it was only read
  }
};

Result<int> run_import(const WalWords& words) {
  const auto failed = [&](const char* doing) {
    return fail(Errc::io, fmt::format("{}: cannot be {}: {}",
                                      words.input == "-" ? "standard input"
                                                         : printable(words.input),
                                      doing, std::generic_category().message(errno)));
  };
  const std::unique_ptr<std::FILE, CloseFile> input(
      words.input == "-" ? stdin : std::fopen(words.input.c_str(), "rbe"));
  if (input == nullptr) return failed("opened");
  // Nobody reads here, so no value needs to stay in memory.
  const auto store = Store::open(words.path, {.cache_bytes = 0});
  if (!store) return std::unexpected(store.error());
  const auto read = [&](std::size_t count, std::string& text) -> Result<void> {
    const std::size_t held = text.size();
    text.resize(held + count);
    const std::size_t got = std::fread(text.data() + held, 1, count, input.get());
    const bool good = std::ferror(input.get()) == 0;
    text.resize(held + got);
    if (good) return {};
    return failed("read");
  };
  const Imported done = import_lines(**store, now(), read);
  if (done.error) {
    return fail(done.error->code,
                fmt::format("{}; {} before it {} imported", done.error->detail,
                            counted(done.lines, "line"), done.lines == 1 ? "is" : "are"));
  }
  if (auto closed = (*store)->close(); !closed) return std::unexpected(closed.error());
  const auto written =
      write_output(fmt::format("imported {}: {} set, {} deleted\n",
                               counted(done.lines, "line"), done.sets, done.deletes));
  if (!written) return std::unexpected(written.error());
  return 0;
}

Result<int> run(int argc, const char* const* argv) {
  const auto words = read_wal_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  switch (words->action) {
    case WalAction::dump:
      return run_dump(*words);
    case WalAction::verify:
      return run_verify(*words);
    case WalAction::import:
      return run_import(*words);
    case WalAction::help:
      break;
  }
  if (auto written = write_output(wal_help()); !written) {
    return std::unexpected(written.error());
  }
  return 0;
}

}  // namespace

int wal_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
