// Streams of gRPC, each transport behind a server of its own.
#include "tests/transport/table.hpp"
#include "v4_replicated_kv/api/grpc/grpc_server.hpp"
#include "v4_replicated_kv/transport/grpc/grpc_transport.hpp"

namespace kv::test {

namespace {

// Puts together what a server's start does.
class OwnServer : public PeerTransport {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PeerTransport>> open(
      boost::asio::io_context& io, PeerEvents& events, const TransportOptions& options) {
    auto made = std::make_unique<OwnServer>();
    auto server =
        GrpcServer::open({.address = options.host + ":" + std::to_string(options.port)},
                         {&made->service_});
    if (!server) return std::unexpected(server.error());
    made->server_ = *std::move(server);
    auto transport =
        open_grpc_transport(io, events, options, made->service_, made->server_->port());
    if (!transport) return std::unexpected(transport.error());
    made->transport_ = *std::move(transport);
    return made;
  }

  void set_peers(const std::vector<PeerAddress>& peers) override {
    transport_->set_peers(peers);
  }
  void send(Message message) override { transport_->send(std::move(message)); }
  void flush() override { transport_->flush(); }
  void stop() override { transport_->stop(); }
  [[nodiscard]] std::uint16_t port() const override { return transport_->port(); }
  [[nodiscard]] PeerCounts counts() const override { return transport_->counts(); }

 private:
  PeerService service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<PeerTransport> transport_;  // goes first
};

}  // namespace

std::vector<Adapter> adapters() {
  return {{"grpc", &OwnServer::open}};
}

}  // namespace kv::test
