// Whatever is sent to the port: the server goes on, and keeps nothing of it.
#include <cerrno>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
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

TEST_CASE("gRPC: a message that is no message is an error of its call alone") {
  ServedNode served;
  grpc::GenericStub stub(channel_to(address_of(*served.server)));
  constexpr std::uint64_t kSeed = 7;
  CAPTURE(kSeed);
  Rng chance(kSeed);
  for (int i = 0; i < 100; ++i) {
    // Half of them begin as a PutRequest does: a key of some length.
    std::string bytes = random_bytes(chance, chance.below(100));
    if (i % 2 == 0) bytes = "\x0a" + bytes;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    std::promise<grpc::Status> ended;
    stub.UnaryCall(&context, "/kv.v1.KeyValue/Put", grpc::StubOptions(), &request,
                   &response,
                   [&](const grpc::Status& status) { ended.set_value(status); });
    const auto code = ended.get_future().get().error_code();
    CHECK(code != grpc::StatusCode::UNAVAILABLE);
    CHECK(code != grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  CHECK(served.client.put("k", "v") == "ok");
}
