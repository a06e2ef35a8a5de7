// A link over a stream of gRPC: the loop's half.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "v4_replicated_kv/transport/grpc/packet_stream.hpp"
#include "v4_replicated_kv/transport/peer_keeper.hpp"

namespace kv {

inline constexpr std::size_t kPacketBytesMax = std::size_t{4} << 20;

// How many bytes, of whole frames, the next packet takes of `frames`, which are frames.
[[nodiscard]] std::size_t packet_of(std::string_view frames);

class GrpcWire final : public PeerWire,
                       private PeerLink::Sink,
                       public std::enable_shared_from_this<GrpcWire> {
 public:
  GrpcWire(std::shared_ptr<PacketStream> stream, PeerLink link, PeerKeeper& owner)
      : PeerWire(std::move(link)), stream_(std::move(stream)), owner_(owner) {}

  void start();

  void write() override;
  void close(const Error& why) override;
  [[nodiscard]] std::size_t waiting() const override {
    return link().waiting() + queued_.size() - written_;
  }

  // What the stream says.
  void take(const std::string& frames);
  void go_on_writing();
  void broke(const grpc::Status& status);

 private:
  Result<void> greeted(const Greeting& peer, Channel channel) override;
  void came(Message message) override { owner_.came(std::move(message)); }

  std::shared_ptr<PacketStream> stream_;
  PeerKeeper& owner_;
  std::string queued_;         // by the link; goes in packets
  std::size_t written_ = 0;    // of it
  std::size_t under_way_ = 0;  // of it, from `written_` on
  bool is_closed_ = false;
};

}  // namespace kv
