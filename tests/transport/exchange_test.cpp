// kv.v1.Peer.Exchange, spoken by somebody who is no node.
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "common/base/rng.hpp"
#include "tests/transport/table.hpp"
#include "v4_replicated_kv/api/grpc/grpc_server.hpp"
#include "v4_replicated_kv/transport/grpc/grpc_transport.hpp"
#include "v4_replicated_kv/transport/grpc/grpc_wire.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr NodeId kNode{2};
constexpr NodeId kPeer{1};

PeerOptions peer_options() {
  const TransportOptions usual = options_of(kNode);
  return {.self = usual.self, .first_words = kPatience, .silent_max = kPatience};
}

// A node that lives on a thread of its own; what it was told is for after end().
class LiveOne {
 public:
  explicit LiveOne(const PeerOptions& options = peer_options()) {
    auto server = GrpcServer::open({}, {&service_});
    if (!server) FAIL(server.error().detail);
    server_ = *std::move(server);
    auto transport =
        open_grpc_transport(sitter_.io, sitter_, options, service_, server_->port());
    if (!transport) FAIL(transport.error().detail);
    sitter_.transport = *std::move(transport);
    sitter_.transport->set_peers({{.node = kPeer, .host = "127.0.0.1", .port = 1}});
    thread_ = std::jthread([this] { sitter_.io.run(); });
  }
  LiveOne(const LiveOne&) = delete;
  LiveOne& operator=(const LiveOne&) = delete;
  ~LiveOne() { end(); }

  Sitter& end() {
    if (thread_.joinable()) {
      boost::asio::post(sitter_.io, [this] { sitter_.transport->stop(); });
      thread_.join();
    }
    return sitter_;
  }

  [[nodiscard]] std::unique_ptr<v1::Peer::Stub> stub() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::Peer::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                  grpc::InsecureChannelCredentials(), arguments));
  }

 private:
  PeerService service_;
  std::unique_ptr<GrpcServer> server_;
  Sitter sitter_;
  std::jthread thread_;
};

v1::Packet packet(const std::string& frames) {
  v1::Packet packet;
  packet.set_frames(frames);
  return packet;
}

// How a stream ends on which this is said first.
grpc::Status said(const LiveOne& node, const std::string& frames) {
  const auto stub = node.stub();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto stream = stub->Exchange(&context);
  stream->Write(packet(frames));
  v1::Packet answer;
  while (stream->Read(&answer)) {
  }
  return stream->Finish();
}

Handshake handshake(const PeerIdentity& self) {
  return {Handshake::Side::dials, self.greeting, self.secret, kNode};
}

PeerIdentity peer_identity() {
  return options_of(kPeer).self;
}

}  // namespace

TEST_CASE("a stream that begins with anything but a greeting ends as invalid") {
  const LiveOne node;
  CHECK(said(node, "").error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(said(node, "GET / HTTP/1.1\r\n\r\n").error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(said(node, std::string(kPacketBytesMax + 1, '\0')).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  Rng chance(seed);
  const std::string greeting = handshake(peer_identity()).first_words();
  for (int i = 0; i < 50; ++i) {
    std::string damaged = greeting;
    const std::size_t at = chance.below(damaged.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << chance.below(8)));
    CAPTURE(at);
    // A nonce or a name that is another is fine for its checksum's sake only.
    CHECK(said(node, damaged).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_CASE("whoever is of another cluster or unknown, or lacks the secret, is denied") {
  const LiveOne node;
  PeerIdentity other = peer_identity();
  other.greeting.cluster = ClusterId{0xC2};
  CHECK(said(node, handshake(other).first_words()).error_code() ==
        grpc::StatusCode::PERMISSION_DENIED);
  PeerIdentity open = peer_identity();
  open.secret.clear();
  CHECK(said(node, handshake(open).first_words()).error_code() ==
        grpc::StatusCode::PERMISSION_DENIED);

  PeerIdentity wrong = peer_identity();
  wrong.secret = "open barley";
  Handshake guess = handshake(wrong);
  const auto stub = node.stub();
  grpc::ClientContext context;
  const auto stream = stub->Exchange(&context);
  REQUIRE(stream->Write(packet(guess.first_words())));
  v1::Packet answer;
  REQUIRE(stream->Read(&answer));
  FrameParser parser;
  parser.feed(answer.frames());
  const auto frame = parser.next();
  REQUIRE((frame && *frame));
  const auto proof = guess.take(**frame);
  REQUIRE(proof.has_value());
  REQUIRE(stream->Write(packet(*proof)));
  CHECK_FALSE(stream->Read(&answer));
  CHECK(stream->Finish().error_code() == grpc::StatusCode::PERMISSION_DENIED);
}

TEST_CASE("a stream on which nothing is said ends in time, and makes way for others") {
  PeerOptions options = peer_options();
  options.strangers_max = 3;
  options.first_words = std::chrono::milliseconds(200);
  const LiveOne node(options);
  const auto stub = node.stub();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<v1::Packet, v1::Packet>>> streams;
  for (int i = 0; i < 10; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub->Exchange(contexts.back().get()));
  }
  for (const auto& stream : streams) {
    v1::Packet answer;
    CHECK_FALSE(stream->Read(&answer));
    CHECK_FALSE(stream->Finish().ok());
  }
}

TEST_CASE("without a transport streams end as unavailable") {
  PeerService service;
  const auto server = GrpcServer::open({}, {&service});
  REQUIRE(server.has_value());
  const auto stub = v1::Peer::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string((*server)->port()),
                          grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->Exchange(&context);
  v1::Packet answer;
  CHECK_FALSE(stream->Read(&answer));
  CHECK(stream->Finish().error_code() == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("a server ends in time, whatever streams it has") {
  auto node = std::make_unique<LiveOne>();
  const auto stub = node->stub();
  grpc::ClientContext context;
  const auto stream = stub->Exchange(&context);
  REQUIRE(stream->Write(packet(handshake(peer_identity()).first_words())));
  v1::Packet answer;
  REQUIRE(stream->Read(&answer));
  const auto begin = std::chrono::steady_clock::now();
  node.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  while (stream->Read(&answer)) {
  }
  CHECK_FALSE(stream->Finish().ok());
}

TEST_CASE("packets are cut between frames, and none is longer than it may be") {
  std::string frames;
  const std::string body(kFrameBodyMax, 'b');
  for (int i = 0; i < 40; ++i) {
    append_frame(frames, {.body = std::string_view(body).substr(
                              0, kFrameBodyMax - static_cast<std::size_t>(i) * 1000)});
  }
  std::size_t at = 0;
  while (at < frames.size()) {
    const std::size_t bytes = packet_of(std::string_view(frames).substr(at));
    REQUIRE(bytes > 0);
    CHECK(bytes <= kPacketBytesMax);
    FrameParser parser;
    parser.feed(std::string_view(frames).substr(at, bytes));
    for (;;) {
      const auto frame = parser.next();
      REQUIRE(frame.has_value());
      if (!frame->has_value()) break;
    }
    CHECK(parser.waiting() == 0);
    at += bytes;
  }
  CHECK(at == frames.size());
}
