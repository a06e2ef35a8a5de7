// What a node's process knows before it knows others: its settings, and its disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/membership/formation.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

// Null where nothing is kept.
[[nodiscard]] Result<std::unique_ptr<Disk>> open_disk(const Settings& settings);

// The cluster that the disk belongs to.
[[nodiscard]] Result<std::optional<HeldCluster>> held_on(Disk* disk);

// Where this node is, as far as the settings say; gRPC listens on this port.
[[nodiscard]] MemberAddresses own_addresses(const Settings& settings,
                                            std::uint16_t grpc_port);

[[nodiscard]] FormationSetup setup_of(const Settings& settings,
                                      const MemberAddresses& own, std::uint64_t boot,
                                      std::uint64_t chance);

// Seeds that are not this node itself, with commas between. One at its port under another
// host's name is taken for it.
[[nodiscard]] std::string other_seeds(const Settings& settings);

}  // namespace kv
