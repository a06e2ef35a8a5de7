// SIGINT, SIGTERM and their like, as something that is waited for.
//
// Breaks if  a thread is started before: it could take the signal, and end the process.
// Threads   the process's first one, before all others.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace kv {

class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  // Whoever sends one now ends the process at once.
  ~StopSignals();

  // The signal that came; nothing if none did in this time.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds patience) const;

 private:
  sigset_t awaited_{};
  sigset_t before_{};
};

}  // namespace kv
