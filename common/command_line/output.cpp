#include "common/command_line/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

std::string last_error() {
  return std::generic_category().message(errno);
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
  const std::string draft = path + ".part";
  const auto refuse = [&]() -> Result<void> {
    return fail(Errc::io, fmt::format("{}: cannot be written: {}", path, last_error()));
  };
  std::FILE* const file = std::fopen(draft.c_str(), "wb");
  if (file == nullptr) return refuse();
  if (!write_and_close(file, text) || std::rename(draft.c_str(), path.c_str()) != 0) {
    auto failed = refuse();
    std::remove(draft.c_str());  // best effort: the first error is the one to report
    return failed;
  }
  return {};
}

Style choose_style(ColorMode color, bool ascii) {
  const char* const no_color = std::getenv("NO_COLOR");
  const bool wanted =
      (no_color == nullptr || *no_color == '\0') && isatty(STDOUT_FILENO) == 1;
  return {
      .color = color == ColorMode::always || (color == ColorMode::automatic && wanted),
      .ascii = ascii};
}

int report_error(std::string_view program, const Error& error) {
  // A message that cannot be shown is no reason for another one: the status still says
  // it.
  fmt::print(stderr, "{}: {}\n", program, one_line(error.detail));
  return error.code == Errc::bad_usage ? 2 : 1;
}

}  // namespace kv
