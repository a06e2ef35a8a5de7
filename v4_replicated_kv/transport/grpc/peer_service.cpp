#include "v4_replicated_kv/transport/grpc/peer_service.hpp"

#include <string>
#include <utility>

namespace kv {

namespace {

using Reactor = grpc::ServerBidiReactor<v1::Packet, v1::Packet>;

// A stream that another node opened.
class AcceptedStream final : public PacketStream, public Reactor {
 public:
  AcceptedStream(std::shared_ptr<StreamInbox> inbox, grpc::CallbackServerContext* context)
      : PacketStream(std::move(inbox)), context_(context) {}

  static Reactor* open(const std::shared_ptr<StreamInbox>& inbox,
                       grpc::CallbackServerContext* context) {
    const auto stream = std::make_shared<AcceptedStream>(inbox, context);
    stream->self_ = stream;
    if (!inbox->push({StreamEvent::What::accepted, stream, {}, {}})) {
      stream->end({grpc::StatusCode::UNAVAILABLE, "this node takes no peers now"});
    }
    return stream.get();
  }

 private:
  void begin_read() override { StartRead(&in_); }
  void begin_write(std::string frames) override {
    out_.set_frames(std::move(frames));
    StartWrite(&out_);
  }
  void give_up(const End& end) override {
    // A peer that does not read would keep the stream for ever.
    if (end.is_writing) context_->TryCancel();
    Finish(end.status);
  }

  void OnReadDone(bool ok) override {
    has_read(ok, std::exchange(*in_.mutable_frames(), {}));
  }
  void OnWriteDone(bool ok) override { has_written(ok); }
  void OnCancel() override { broke(); }
  void OnDone() override {
    has_ended({grpc::StatusCode::CANCELLED, "the peer ended it"});
    self_.reset();
  }

  grpc::CallbackServerContext* context_;
  v1::Packet in_;
  v1::Packet out_;
};

class RefusedStream final : public Reactor {
 public:
  RefusedStream() {
    Finish({grpc::StatusCode::UNAVAILABLE, "this node takes no peers yet, or none now"});
  }

 private:
  void OnDone() override { delete this; }
};

}  // namespace

void PeerService::set_streams(std::shared_ptr<StreamInbox> streams) {
  const std::scoped_lock lock(mutex_);
  streams_ = std::move(streams);
}

grpc::ServerBidiReactor<v1::Packet, v1::Packet>* PeerService::Exchange(
    grpc::CallbackServerContext* context) {
  std::shared_ptr<StreamInbox> streams;
  {
    const std::scoped_lock lock(mutex_);
    streams = streams_;
  }
  if (!streams) return new RefusedStream;
  return AcceptedStream::open(streams, context);
}

}  // namespace kv
