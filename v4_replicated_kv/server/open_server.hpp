// From options to a server's loop that runs: what a start has to find out first.
//
// Idea      a node is started with its ring and its place in it. What it finds on its disk has
//           to fit, or it does not start; what the disk lacks it asks its peers for.
// Breaks if  `is_founding` is said of a node that may have lost its disk: it would answer for
//            what it has forgotten. Whoever says it has asked all members, and none holds
//            anything.
// Threads   any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/transport/frames_transport.hpp"
#include "v4_replicated_kv/versioning/siblings.hpp"

namespace kv {

struct ServerOptions {
  std::string data_dir{};  // empty: in memory, which keeps nothing
  std::size_t r = 2;       // answers that a read waits for, and
  std::size_t w = 2;       // acknowledgements a write; at most the ring's copies
  std::chrono::milliseconds timeout{2000};       // of a request that names none
  std::chrono::milliseconds again_every{200};    // a silent owner is asked again
  std::uint64_t repair_one_in = 16;              // reads that look at all copies; 0: none
  std::size_t key_bytes_max = kKeyBytesMax;      // of a request; at most this, as is
  std::size_t value_bytes_max = kValueBytesMax;  // the next
  std::size_t siblings_max = SiblingLimits{}.siblings;    // values of a key, side by side
  std::size_t cache_bytes = std::size_t{256} << 20;       // hot values
  std::size_t index_bytes_max = std::size_t{4} << 30;     // keys
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  // 4 KiB to 1 GiB
  Compression compression{};
  double compact_above = 0.5;  // dead bytes / bytes of a segment; from 1 on: never
  std::chrono::seconds scrub_every{std::chrono::days(14)};
  LoopLimits limits{};
  std::uint64_t seed = 0;  // of names that must be unlike; 0: from the machine
};

// Which node of which cluster.
struct NodePlace {
  std::shared_ptr<const RingState> ring;
  // In the ring; or a guest's, which is not, and keeps everything in memory.
  NodeId self{};
  std::string guest_name{};  // for people; of a guest
  // The seed of the hash that the cluster's keys lie by; none: the disk's, or a new one.
  std::optional<std::uint64_t> hash_seed{};
  // No node of the cluster holds anything yet: nobody can have lost it.
  bool is_founding = false;
};

// Errors: bad_usage for an option that cannot be, or a disk of another cluster; as of
// recover() and of the transport.
[[nodiscard]] Result<std::unique_ptr<ServerLoop>> open_server(
    const ServerOptions& options, const NodePlace& place,
    const ServerLoop::MakeTransport& make_transport = {});

// Peers are reached by frames over TCP. Whom there is to reach is told later: set_peers().
[[nodiscard]] ServerLoop::MakeTransport over_frames(const FramesOptions& options);

// A cluster of one node, whose name is `name`: R and W are 1.
[[nodiscard]] Result<std::unique_ptr<ServerLoop>> open_lone_server(
    ServerOptions options, const std::string& name = "node1",
    std::uint32_t partitions = 256, Policy policy = Policy::last_write_wins);

}  // namespace kv
