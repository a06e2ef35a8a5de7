// Whatever is sent to the port: the server goes on, and keeps nothing of it.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <future>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <google/protobuf/stubs/logging.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/rng.hpp"
#include "tests/api/grpc/calling.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// A plain connection; closed when it goes.
class Socket {
 public:
  explicit Socket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }

  void send(const std::string& bytes) const {
    // It may have closed the connection already: that is its right.
    [[maybe_unused]] const auto sent =
        ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  // All that comes until this many bytes behind that word have.
  [[nodiscard]] std::string receive_past(std::string_view word, std::size_t more) const {
    std::string all;
    std::string some(4096, '\0');
    for (;;) {
      const std::size_t at = all.find(word);
      if (at != std::string::npos && all.size() >= at + word.size() + more) {
        return all.substr(at + word.size(), more);
      }
      const auto got = ::recv(fd_, some.data(), some.size(), 0);
      if (got <= 0) return "nothing came";
      all.append(some, 0, static_cast<std::size_t>(got));
    }
  }

  // Whether it closes the connection, in time.
  [[nodiscard]] bool is_closed() const {
    std::string some(4096, '\0');
    for (;;) {
      const auto got = ::recv(fd_, some.data(), some.size(), 0);
      if (got == 0) return true;
      if (got < 0) return errno != EAGAIN;
    }
  }

 private:
  int fd_;
};

std::string random_bytes(Rng& chance, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes += static_cast<char>(static_cast<unsigned char>(chance.below(256)));
  }
  return bytes;
}

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string as_bytes(std::initializer_list<std::size_t> numbers) {
  std::string bytes;
  for (const std::size_t number : numbers) bytes += static_cast<char>(number);
  return bytes;
}

// A short frame of HTTP/2.
std::string frame(std::size_t type, std::size_t flags, std::size_t stream,
                  const std::string& payload) {
  return as_bytes({0, payload.size() / 256, payload.size() % 256, type, flags, 0, 0, 0,
                   stream}) +
         payload;
}

// A field of its headers, as it stands.
std::string field(const std::string& name, const std::string& value) {
  return as_bytes({0, name.size()}) + name + as_bytes({value.size()}) + value;
}

// A whole connection that asks for one key, whose client waits for so long at most.
std::string get_with_timeout(const std::string& timeout) {
  constexpr std::size_t kData = 0, kHeaders = 1, kSettings = 4, kEndStream = 1,
                        kEndHeaders = 4;
  const std::string message("\x0a\x01k", 3);  // a GetRequest: field 1 is "k"
  return kPreface + frame(kSettings, 0, 0, "") +
         frame(kHeaders, kEndHeaders, 1,
               field(":method", "POST") + field(":scheme", "http") +
                   field(":path", "/kv.v1.KeyValue/Get") + field(":authority", "x") +
                   field("content-type", "application/grpc") + field("te", "trailers") +
                   field("grpc-timeout", timeout)) +
         frame(kData, kEndStream, 1, as_bytes({0, 0, 0, 0, message.size()}) + message);
}

}  // namespace

TEST_CASE("gRPC: bytes of other protocols end their connection, and nothing else") {
  ServedNode served;
  for (const std::string& bytes :
       {std::string("GET /api/v1/kv/k HTTP/1.1\r\nHost: h\r\n\r\n"),
        std::string("*1\r\n$4\r\nPING\r\n"), std::string(100'000, '\0'),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)}) {
    const Socket socket(served.server->port());
    socket.send(bytes);
    CHECK(socket.is_closed());
    CHECK(served.client.put("k", "v") == "ok");
  }
}

TEST_CASE("gRPC: random bytes, with or without the right beginning, do no harm") {
  ServedNode served;
  constexpr std::uint64_t kSeed = 20261121;
  CAPTURE(kSeed);
  Rng chance(kSeed);
  for (int i = 0; i < 60; ++i) {
    const Socket socket(served.server->port());
    std::string bytes = i % 2 == 0 ? "" : kPreface;
    bytes += random_bytes(chance, 1 + chance.below(3000));
    socket.send(bytes);
  }
  CHECK(served.client.put("k", "v") == "ok");
  CHECK(served.client.get("k") == "v");
}

TEST_CASE("gRPC: connections that say nothing keep nobody from being served") {
  ServedNode served;
  std::vector<std::unique_ptr<Socket>> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<Socket>(served.server->port()));
    if (i % 2 == 0) idle.back()->send(std::string(kPreface, 10));
  }
  for (int i = 0; i < 20; ++i) CHECK(served.client.put("k", "v") == "ok");
}

namespace {

// How a Put ends whose request is these bytes.
grpc::StatusCode end_of_put(const ServedNode& served, const std::string& bytes) {
  grpc::GenericStub stub(channel_to(address_of(*served.server)));
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  std::promise<grpc::Status> ended;
  stub.UnaryCall(&context, "/kv.v1.KeyValue/Put", grpc::StubOptions(), &request,
                 &response, [&](const grpc::Status& status) { ended.set_value(status); });
  return ended.get_future().get().error_code();
}

}  // namespace

TEST_CASE("gRPC: a message that is no message is an error of its call alone") {
  ServedNode served;
  constexpr std::uint64_t kSeed = 7;
  CAPTURE(kSeed);
  Rng chance(kSeed);
  for (int i = 0; i < 100; ++i) {
    // Half of them begin as a PutRequest does: a key of some length.
    std::string bytes = random_bytes(chance, chance.below(100));
    if (i % 2 == 0) bytes = "\x0a" + bytes;
    const auto code = end_of_put(served, bytes);
    CHECK(code != grpc::StatusCode::UNAVAILABLE);
    CHECK(code != grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  CHECK(served.client.put("k", "v") == "ok");
}

namespace {

std::atomic<int> lines_of_protobuf = 0;

}  // namespace

TEST_CASE(
    "gRPC: a string that is no UTF-8 is an error of its call, and no line to stderr") {
  ServedNode served;
  auto* const before =
      google::protobuf::SetLogHandler([](google::protobuf::LogLevel, const char*, int,
                                         const std::string&) { ++lines_of_protobuf; });
  const std::string bytes("\x0a\x01k\x22\x01\xff", 6);  // a key, and a context
  // As gRPC says of a message that is none.
  CHECK(end_of_put(served, bytes) == grpc::StatusCode::UNIMPLEMENTED);
  CHECK(lines_of_protobuf.load() == 0);
  CHECK(served.client.put("k", "v") == "ok");
  google::protobuf::SetLogHandler(before);
}

TEST_CASE("gRPC: a timeout of centuries is as good as none") {
  const ServedNode served;
  for (const std::string timeout :
       {"1H", "2000000H", "2562047H", "2562048H", "99999999H", "99999999S"}) {
    CAPTURE(timeout);
    const Socket socket(served.server->port());
    socket.send(get_with_timeout(timeout));
    CHECK(socket.receive_past("grpc-status", 2) == "\0010");  // a byte long: ok
  }
}
