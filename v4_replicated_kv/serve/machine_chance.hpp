// A number that was never used before: where nothing may repeat an earlier life.
#pragma once

#include <cstdint>

#include "common/base/result.hpp"

namespace kv {

// Errc::io where the operating system has none.
[[nodiscard]] Result<std::uint64_t> machine_chance();

}  // namespace kv
