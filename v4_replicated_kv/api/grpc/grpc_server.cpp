#include "v4_replicated_kv/api/grpc/grpc_server.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "v4_replicated_kv/api/grpc/accept_or_refuse.hpp"
#include "v4_replicated_kv/api/grpc/key_value_service.hpp"
#include "v4_replicated_kv/api/grpc/loop_gate.hpp"
#include "v4_replicated_kv/api/grpc/open_calls.hpp"

namespace kv {

namespace {

// A batch that is a little too long hears so from us, with a sentence.
constexpr std::size_t kMessageSlack = std::size_t{1} << 20;

// Of gRPC's own buffers. With less it does not refuse calls but leaves them waiting.
constexpr std::size_t kBuffersMin = std::size_t{256} << 20;

// Of a connection, until it has said which protocol it speaks.
constexpr int kHandshakeMs = 10'000;

// A connection without calls is closed after so long.
constexpr int kIdleMs = 10 * 60 * 1000;

// What is written already gets so long to leave.
constexpr std::chrono::milliseconds kLastWords{1000};

}  // namespace

struct GrpcServer::Parts {
  explicit Parts(const GrpcOptions& options)
      : calls(
            std::make_shared<rpc::OpenCalls>(options.calls_max, options.calls_bytes_max)),
        key_value(calls, gate, options.limits, options.timeout) {}

  // Protobuf writes a line to stderr for each string of a client's that is no UTF-8, and anybody
  // could fill a disk with them. The client is told, by the status.
  google::protobuf::LogSilencer silence;
  std::shared_ptr<rpc::OpenCalls> calls;
  rpc::LoopGate gate;
  rpc::KeyValueService key_value;
  std::unique_ptr<grpc::Server> server;  // last: it uses all of the above
};

GrpcServer::GrpcServer(const GrpcOptions& options)
    : options_(options), parts_(std::make_unique<Parts>(options)) {}

GrpcServer::~GrpcServer() {
  stop();
}

Result<std::unique_ptr<GrpcServer>> GrpcServer::open(
    const GrpcOptions& options, const std::vector<grpc::Service*>& others) {
  std::unique_ptr<GrpcServer> made(new GrpcServer(options));
  rpc::refuse_without_descriptors();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&made->parts_->key_value);
  for (grpc::Service* const other : others) builder.RegisterService(other);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(options.limits.batch_bytes_max + kMessageSlack));
  builder.SetResourceQuota(grpc::ResourceQuota("kv").Resize(
      std::max(kBuffersMin, options.calls_bytes_max * 2)));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  made->parts_->server = builder.BuildAndStart();
  if (!made->parts_->server || port == 0) {
    return fail(Errc::io, fmt::format("listen.grpc {}: cannot listen there: the port is "
                                      "taken, or the address is none of this machine",
                                      options.address));
  }
  made->port_ = static_cast<std::uint16_t>(port);
  return made;
}

void GrpcServer::serve(ServerLoop* loop) {
  parts_->gate.set(loop);
}

std::size_t GrpcServer::calls() const {
  return parts_->calls->count();
}

void GrpcServer::end_calls() {
  parts_->calls->end(options_.drain);
  parts_->gate.set(nullptr);
}

void GrpcServer::stop() {
  if (!parts_->server) return;
  end_calls();
  parts_->server->Shutdown(std::chrono::system_clock::now() + kLastWords);
  parts_->server.reset();
}

}  // namespace kv
