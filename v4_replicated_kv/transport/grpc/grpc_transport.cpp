#include "v4_replicated_kv/transport/grpc/grpc_transport.hpp"

#include <utility>

#include <sys/random.h>

#include "v4_replicated_kv/transport/grpc/dialled_stream.hpp"
#include "v4_replicated_kv/transport/grpc/grpc_wire.hpp"

namespace kv {

namespace {

class GrpcTransport final : public PeerKeeper {
 public:
  GrpcTransport(boost::asio::io_context& io, PeerEvents& events,
                const PeerOptions& options, std::uint64_t seed, PeerService& service,
                std::uint16_t port)
      : PeerKeeper(io, events, options, seed),
        service_(service),
        port_(port),
        inbox_(std::make_shared<StreamInbox>(
            io, [this](StreamEvent& event) { take(event); })) {
    service_.set_streams(inbox_);
    begin();
  }
  GrpcTransport(const GrpcTransport&) = delete;
  GrpcTransport& operator=(const GrpcTransport&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): for want of memory, which ends the program
  ~GrpcTransport() override { stop(); }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  WirePtr connect(const PeerAddress& to, PeerLink link) override {
    const auto stream = DialledStream::open(inbox_, to.host, to.port);
    const auto wire = std::make_shared<GrpcWire>(stream, std::move(link), *this);
    wire->start();
    return wire;
  }

  void stop_listening() override {
    service_.set_streams(nullptr);
    inbox_->close();
  }

  void take(StreamEvent& event) {
    if (event.what == StreamEvent::What::accepted) return accepted(event.stream);
    const auto wire = event.stream->wire.lock();
    if (!wire) return;
    switch (event.what) {
      case StreamEvent::What::accepted:
        break;
      case StreamEvent::What::came:
        return wire->take(event.frames);
      case StreamEvent::What::written:
        return wire->go_on_writing();
      case StreamEvent::What::ended:
        return wire->broke(event.status);
    }
  }

  void accepted(const std::shared_ptr<PacketStream>& stream) {
    const auto self = identity();
    if (!self) {
      stream->end({grpc::StatusCode::UNAVAILABLE, self.error().detail});
      return events().ended(self.error());
    }
    const auto wire =
        std::make_shared<GrpcWire>(stream, PeerLink::listening(*self), *this);
    took_in(wire);
    wire->start();
  }

  PeerService& service_;
  std::uint16_t port_;
  std::shared_ptr<StreamInbox> inbox_;
};

}  // namespace

Result<std::unique_ptr<PeerTransport>> open_grpc_transport(boost::asio::io_context& io,
                                                           PeerEvents& events,
                                                           const PeerOptions& options,
                                                           PeerService& service,
                                                           std::uint16_t port) {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    return fail(Errc::io, "the operating system gives no random numbers");
  }
  return std::make_unique<GrpcTransport>(io, events, options, seed, service, port);
}

}  // namespace kv
