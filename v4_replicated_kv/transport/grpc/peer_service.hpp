// kv.v1.Peer, as the server of gRPC has it from the beginning.
//
// Idea      the service is there before a node has a transport, and after: a stream that comes
//           when nobody takes it ends as unavailable, and who dialled tries again.
// Threads   any; gRPC's own call it.
#pragma once

#include <memory>
#include <mutex>

#include <kv/v1/peer.grpc.pb.h>

#include "v4_replicated_kv/transport/grpc/introduction_desk.hpp"
#include "v4_replicated_kv/transport/grpc/packet_stream.hpp"

namespace kv {

class PeerService final : public v1::Peer::CallbackService {
 public:
  // Streams go to this inbox from now on; to none if it is null.
  void set_streams(std::shared_ptr<StreamInbox> streams);

  // Where Introduce is answered.
  [[nodiscard]] IntroductionDesk& desk() { return desk_; }

  grpc::ServerBidiReactor<v1::Packet, v1::Packet>* Exchange(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Introduce(grpc::CallbackServerContext* context,
                                      const v1::Introduction* question,
                                      v1::Introduction* answer) override {
    return desk_.ask(context, question, answer);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<StreamInbox> streams_;
  IntroductionDesk desk_;
};

}  // namespace kv
