#include "common/progress.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace kv {

namespace {

constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kTerminalPeriod = std::chrono::milliseconds(100);
constexpr auto kPlainPeriod = std::chrono::seconds(2);

}  // namespace

Progress::Progress(bool enabled)
    : enabled_(enabled),
      terminal_(isatty(STDERR_FILENO) == 1),
      next_(Clock::now() + kPatience) {}

void Progress::begin(std::string what, std::uint64_t total) {
  what_ = std::move(what);
  total_ = total;
}

void Progress::at(std::uint64_t done) {
  if (!enabled_ || Clock::now() < next_) return;
  next_ = Clock::now() + (terminal_ ? Clock::duration(kTerminalPeriod) : kPlainPeriod);
  shown_ = true;
  const std::string counted = total_ > 0
                                  ? fmt::format("{}: {} of {}", what_, done, total_)
                                  : fmt::format("{}: {}", what_, done);
  show(terminal_ ? "\r\x1b[K" + counted : counted + "\n");
}

void Progress::clear() {
  if (terminal_ && shown_) show("\r\x1b[K");
  shown_ = false;
}

void Progress::show(const std::string& text) {
  // Progress that cannot be shown is no reason to stop: the result is what counts.
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace kv
