// The machine's clocks, as a node is told them.
#pragma once

#include <chrono>
#include <cstdint>

#include "v4_replicated_kv/replication/operation.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

[[nodiscard]] inline Tick tick_of(std::chrono::steady_clock::time_point at) {
  const auto since = at.time_since_epoch();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  return Tick{static_cast<std::uint64_t>(us)};
}

[[nodiscard]] inline std::chrono::steady_clock::time_point time_of(Tick tick) {
  const std::chrono::microseconds since(static_cast<std::int64_t>(tick.raw()));
  return std::chrono::steady_clock::time_point(since);
}

[[nodiscard]] inline WallMs wall_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  return WallMs{static_cast<std::uint64_t>(ms)};
}

[[nodiscard]] inline Moment moment_now() {
  return {.now = tick_of(std::chrono::steady_clock::now()), .wall = wall_time()};
}

}  // namespace kv
