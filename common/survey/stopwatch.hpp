// Measured time, for figures that end in _ns and _ms.
#pragma once

#include <chrono>

namespace kv {

// Runs `work` once and answers the milliseconds that it took.
template <class Work>
[[nodiscard]] double milliseconds_of(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> taken =
      std::chrono::steady_clock::now() - begin;
  return taken.count();
}

}  // namespace kv
