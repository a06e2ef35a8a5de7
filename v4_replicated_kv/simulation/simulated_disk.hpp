// The simulated disk's port: what a store is handed. Its switches are the platter's.
#pragma once

#include <memory>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/simulated_platter.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

// Errc::locked while another Disk is open on it.
[[nodiscard]] Result<std::unique_ptr<Disk>> open_simulated_disk(
    const std::shared_ptr<SimulatedPlatter>& platter);

}  // namespace kv
