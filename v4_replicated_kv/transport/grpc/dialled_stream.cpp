#include "v4_replicated_kv/transport/grpc/dialled_stream.hpp"

#include <chrono>

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace kv {

namespace {

// A packet has at most 4 MiB, and a tag.
constexpr int kReceivedMax = (4 << 20) + 64;

// A channel that is never destroyed, and has been used.
//
// gRPC 1.51 works off callbacks on threads that end with the last channel that used them; where
// that is let go by a callback, it waits for itself and aborts (CallbackAlternativeCQ). Ours
// are let go wherever their last call ends, so there is always one more.
struct Forever {
  explicit Forever(const std::shared_ptr<grpc::Channel>& channel)
      : stub(v1::Peer::NewStub(channel)) {
    context.set_deadline(std::chrono::system_clock::now());
    stub->async()->Introduce(&context, &question, &answer,
                             [](const grpc::Status& /*late*/) {});
  }
  std::unique_ptr<v1::Peer::Stub> stub;
  grpc::ClientContext context;
  v1::Introduction question;
  v1::Introduction answer;
};

}  // namespace

// A connection of its own: streams that share one wait for each other's bytes.
std::shared_ptr<grpc::Channel> own_channel(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kReceivedMax);
  const auto credentials = grpc::InsecureChannelCredentials();
  // Volatile, so that it is kept: what nobody points to counts as leaked.
  [[maybe_unused]] static const Forever* const volatile forever = new Forever(
      grpc::CreateCustomChannel("dns:///127.0.0.1:1", credentials, arguments));
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

std::string grpc_target(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  if (is_ipv6) return fmt::format("dns:///[{}]:{}", host, port);
  return fmt::format("dns:///{}:{}", host, port);
}

DialledStream::DialledStream(std::shared_ptr<StreamInbox> inbox,
                             const std::string& target)
    : PacketStream(std::move(inbox)), stub_(v1::Peer::NewStub(own_channel(target))) {}

std::shared_ptr<DialledStream> DialledStream::open(std::shared_ptr<StreamInbox> inbox,
                                                   const std::string& host,
                                                   std::uint16_t port) {
  auto stream =
      std::make_shared<DialledStream>(std::move(inbox), grpc_target(host, port));
  stream->self_ = stream;
  stream->stub_->async()->Exchange(&stream->context_, stream.get());
  // As long as the loop may begin something, gRPC must not be done.
  stream->AddHold();
  stream->StartCall();
  return stream;
}

void DialledStream::give_up(const End& end) {
  // One that broke has a status of its own by now, and keeps it.
  if (!end.is_broken) context_.TryCancel();
  RemoveHold();
}

void DialledStream::OnDone(const grpc::Status& status) {
  has_ended(status);
  self_.reset();
}

}  // namespace kv
