// What a process is to its peers from its start to its end, be it a node or a proxy.
//
// Breaks if  two lives of a process have the same boot: what was meant for the earlier one
//            would be taken for the later one's.
// Threads   any.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"
#include "v4_replicated_kv/transport/grpc/peer_service.hpp"
#include "v4_replicated_kv/transport/peer_keeper.hpp"

namespace kv {

// So often it looks after its peers, and is told to stop.
inline constexpr std::chrono::milliseconds kProcessTick{100};
inline constexpr int kTicksToLookAgain = 5;  // for those that it is not connected with
// So long it waits for an answer of who it introduced itself to.
inline constexpr std::chrono::milliseconds kIntroductionTime{1000};

struct OwnLife {
  std::string secret;  // the cluster's; empty where it has none
  std::uint64_t boot = 0;
  std::uint64_t chance = 0;  // for what else is to be like nobody else's
};

// Errors: as of read_secret() and machine_chance().
[[nodiscard]] Result<OwnLife> begin_life(const Settings& settings);

// A process that died is said to live until its silence is noticed, and that may be said late.
// Who is still said to live after so long has been heard since.
[[nodiscard]] Tick sure_after(const FailureSettings& rules);

// How it presents itself in a cluster, and for how long it bears with a silent peer.
[[nodiscard]] PeerOptions peer_options_of(const OwnLife& life, ClusterId cluster,
                                          NodeId self, Policy policy,
                                          const Settings& settings);

// Peers are reached by streams of gRPC, and reach this process at `port`: 0 where nobody
// dials it. The service lives longer.
[[nodiscard]] ServerLoop::MakeTransport over_streams(const PeerOptions& options,
                                                     PeerService& service,
                                                     std::uint16_t port);

}  // namespace kv
