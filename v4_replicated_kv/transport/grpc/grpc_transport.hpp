// The second adapter of PeerTransport: frames in the packets of kv.v1.Peer.Exchange, a stream
// for each channel of each peer.
//
// Why       where only the port of gRPC is open between nodes, or what stands between them
//           speaks HTTP/2; and to show that the port is one. Frames over TCP cost half.
// Idea      a stream carries the bytes that a connection would, so all else is shared: first
//           words, credit, limits, who dials and when.
// Idea      one write is under way on a stream; what is queued meanwhile goes in the next
//           packet. A packet ends where a frame does.
// Left out  TLS. A limit on packets before the first words: gRPC has one limit for a server,
//           and that of clients' messages is larger.
// Threads   the loop's, but for gRPC's own, which end at StreamInbox.
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/result.hpp"
#include "v4_replicated_kv/transport/grpc/peer_service.hpp"
#include "v4_replicated_kv/transport/peer_keeper.hpp"

namespace kv {

// Takes the streams of `service`, whose server listens on `port`, until it is stopped. The
// service lives longer. A peer's address is that of its gRPC server.
[[nodiscard]] Result<std::unique_ptr<PeerTransport>> open_grpc_transport(
    boost::asio::io_context& io, PeerEvents& events, const PeerOptions& options,
    PeerService& service, std::uint16_t port);

}  // namespace kv
