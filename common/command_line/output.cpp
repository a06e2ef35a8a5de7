#include "common/command_line/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.hpp"

namespace kv {

namespace fs = std::filesystem;

namespace {

std::string last_error() {
  return std::generic_category().message(errno);
}

// The mode bits that new files of this process do not get.
mode_t current_umask() {
  const mode_t mask = umask(0);
  umask(mask);
  return mask;
}

// Writes and closes; false, with errno set, at the first call that fails.
bool write_and_close(std::FILE* file, std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int error = errno;
  const bool closed = std::fclose(file) == 0;
  if (!written) errno = error;
  return written && closed;
}

}  // namespace

Result<void> write_output(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return {};
  return fail(Errc::io,
              fmt::format("standard output: cannot be written: {}", last_error()));
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const auto refuse = [&]() -> Result<void> {
    return fail(Errc::io,
                fmt::format("{}: cannot be written: {}", printable(path), last_error()));
  };
  struct stat known{};
  const bool exists = stat(path.c_str(), &known) == 0;
  if (exists && !S_ISREG(known.st_mode)) {  // a pipe or a device is written, not replaced
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    return file != nullptr && write_and_close(file, text) ? Result<void>() : refuse();
  }
  // Behind a link, the file that it leads to is replaced, not the link.
  std::error_code unresolved;
  const auto target = exists ? fs::canonical(path, unresolved).string() : path;
  std::string draft = target + ".XXXXXX";
  const int descriptor = unresolved ? -1 : mkstemp(draft.data());
  if (descriptor < 0) return refuse();
  const mode_t mode = exists ? known.st_mode & 0777 : 0666 & ~current_umask();
  std::FILE* const file = fdopen(descriptor, "wb");
  if (file == nullptr) close(descriptor);
  if (file == nullptr || !write_and_close(file, text) ||
      chmod(draft.c_str(), mode) != 0 ||
      std::rename(draft.c_str(), target.c_str()) != 0) {
    auto failed = refuse();
    std::remove(draft.c_str());  // best effort: the first error is the one to report
    return failed;
  }
  return {};
}

Style choose_style(ColorMode color, bool ascii) {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  const bool wanted =
      (no_color == nullptr || *no_color == '\0') && !dumb && isatty(STDOUT_FILENO) == 1;
  return {
      .color = color == ColorMode::always || (color == ColorMode::automatic && wanted),
      .ascii = ascii};
}

int report_error(std::string_view program, const Error& error) {
  // A message that cannot be shown is no reason for another: the status still says it.
  const std::string line = fmt::format("{}: {}\n", program, one_line(error.detail));
  std::fwrite(line.data(), 1, line.size(), stderr);
  return error.code == Errc::bad_usage ? 2 : 1;
}

}  // namespace kv
