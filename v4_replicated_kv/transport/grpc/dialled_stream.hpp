// A stream that this node opened.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>
#include <kv/v1/peer.grpc.pb.h>

#include "v4_replicated_kv/transport/grpc/packet_stream.hpp"

namespace kv {

class DialledStream final : public PacketStream,
                            private grpc::ClientBidiReactor<v1::Packet, v1::Packet> {
 public:
  // Begins to connect. It holds itself until gRPC is done with it.
  static std::shared_ptr<DialledStream> open(std::shared_ptr<StreamInbox> inbox,
                                             const std::string& host, std::uint16_t port);

  // For open().
  DialledStream(std::shared_ptr<StreamInbox> inbox, const std::string& target);

 private:
  void begin_read() override { StartRead(&in_); }
  void begin_write(std::string frames) override {
    out_.set_frames(std::move(frames));
    StartWrite(&out_);
  }
  void give_up(const End& end) override;

  void OnReadDone(bool ok) override {
    has_read(ok, std::exchange(*in_.mutable_frames(), {}));
  }
  void OnWriteDone(bool ok) override { has_written(ok); }
  void OnDone(const grpc::Status& status) override;

  std::unique_ptr<v1::Peer::Stub> stub_;
  grpc::ClientContext context_;
  v1::Packet in_;
  v1::Packet out_;
};

// The address as gRPC writes it: an IPv6 address is in brackets.
[[nodiscard]] std::string grpc_target(const std::string& host, std::uint16_t port);

// A connection of its own, which begins when it is used.
[[nodiscard]] std::shared_ptr<grpc::Channel> own_channel(const std::string& target);

}  // namespace kv
