// The plain adapter of PeerTransport: frames over TCP (wire/FORMAT.md), a connection for each
// channel of each peer.
//
// Idea      three connections, so that a page of a partition never stands before a put, and
//           neither before the question who is alive: TCP keeps order within one.
// Idea      who dials whom, and when, is what all transports share: PeerKeeper. This brings the
//           sockets.
// Left out  TLS: without it, what is said can be read and changed on the way.
// Threads   the loop's, but for names, which asio looks up on a thread of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/transport/peer_keeper.hpp"
#include "v4_replicated_kv/transport/peer_transport.hpp"

namespace boost::asio {
class io_context;
}

namespace kv {

struct FramesOptions : PeerOptions {
  // An address to listen on. Empty: nowhere, as of a guest, which nobody dials.
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: one that the kernel chooses
};

// Errc::bad_usage for an address that is none, Errc::io where it cannot listen there.
[[nodiscard]] Result<std::unique_ptr<PeerTransport>> open_frames_transport(
    boost::asio::io_context& io, PeerEvents& events, const FramesOptions& options);

}  // namespace kv
