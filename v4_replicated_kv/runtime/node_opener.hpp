// From a disk to a node that is about to live: what a start has to find out first.
//
// Idea      each node keeps, beside its log, the ring that it belongs to. Who opens the cluster
//           with other nodes, copies or partitions is told, before a key is looked for where
//           it does not lie.
// Breaks if  a node that lost its disk is taken for one of a new cluster: it would answer for
//            what it has forgotten. New is a cluster where no node holds anything.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/runtime/live_node.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

namespace kv {

// The seed of the hash that keys lie by on this disk; none on an empty one.
[[nodiscard]] Result<std::optional<std::uint64_t>> hash_seed_of(Disk& disk);

struct OpenedNode {
  std::unique_ptr<Disk> disk;
  Recovered recovered;

  // Whether it holds nothing, and never may have.
  [[nodiscard]] bool is_blank() const {
    return recovered.next_seq == 1 && recovered.manifest.dots_reserved == 0 &&
           !recovered.keys_unknown;
  }
};

// Errors as of recover(); Errc::bad_usage where the disk is of another ring.
[[nodiscard]] Result<OpenedNode> open_node(std::unique_ptr<Disk> disk,
                                           const RingState& ring, std::uint64_t hash_seed,
                                           std::size_t cache_bytes, Rng& chance);

// What the core is told of it.
[[nodiscard]] Boot boot_of(const OpenedNode& opened, NodeId self,
                           std::shared_ptr<const RingState> ring, std::uint64_t seed);

}  // namespace kv
