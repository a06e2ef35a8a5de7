// The clock of everything that is measured here.
#pragma once

#include <chrono>

#include "v4_replicated_kv/bench/schedule.hpp"

namespace kv::bench {

[[nodiscard]] inline Ns ns_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

inline constexpr Ns kMillisecond = 1'000'000;
inline constexpr Ns kSecond = 1'000'000'000;

}  // namespace kv::bench
