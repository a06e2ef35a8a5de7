// A line on standard error for work that takes longer than a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace kv {

// On a terminal the line is rewritten in place; elsewhere a new one is printed at most
// every two seconds. Not thread-safe.
class Progress {
 public:
  explicit Progress(bool enabled);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Names what is being done. `total` 0: nobody knows how much there is.
  void begin(std::string what, std::uint64_t total);

  // `done` of the total is done. Cheap enough for every thousandth key, not for every.
  void at(std::uint64_t done);

  // Takes the line off the terminal again.
  void clear();

 private:
  static void show(const std::string& text);

  using Clock = std::chrono::steady_clock;

  bool enabled_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point next_;  // not before this time
  std::string what_;
  std::uint64_t total_ = 0;
};

}  // namespace kv
