// Where on a simulated disk to do harm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "v4_replicated_kv/simulation/simulated_platter.hpp"

namespace kv {

struct DiskPlace {
  std::string file;
  std::uint64_t offset = 0;
};

// The last byte of the newest segment that is not 0.
[[nodiscard]] std::optional<DiskPlace> end_of_log(const SimulatedPlatter& disk);

// Where these bytes begin for the last time, in the newest segment that has them.
[[nodiscard]] std::optional<DiskPlace> newest_of(const SimulatedPlatter& disk,
                                                 std::string_view bytes);

}  // namespace kv
