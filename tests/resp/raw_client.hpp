// A client that sends any bytes, and a node with a door to send them to.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/server/asking.hpp"
#include "v4_replicated_kv/api/resp/door.hpp"

namespace kv::test {

// A node in memory, alone, and its door.
struct Opened {
  std::unique_ptr<ServerLoop> loop;
  std::unique_ptr<resp::Door> door;  // goes first
};

inline Opened opened_door(const resp::DoorOptions& options = {},
                          Policy policy = Policy::last_write_wins,
                          const ServerOptions& server = quick_options()) {
  Opened opened;
  opened.loop = test::opened(open_lone_server(server, "node1", 16, policy));
  REQUIRE(opened.loop->wait_for(Stage::whole, kPatience));
  auto door = resp::Door::open(*opened.loop, options);
  if (!door) FAIL(door.error().detail);
  opened.door = *std::move(door);
  return opened;
}

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(socket_ >= 0);
    if (receive_buffer != 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                   sizeof receive_buffer);
    }
    const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  }
  RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() {
    if (socket_ >= 0) ::close(socket_);
  }

  // False where the other side is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // As much as fits without waiting.
  std::size_t send_some(std::string_view bytes) {
    const auto sent =
        ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  void say_no_more() { ::shutdown(socket_, SHUT_WR); }

  // So many bytes, or fewer where the other side closes before.
  std::string receive(std::size_t size) {
    std::string bytes;
    std::array<char, 65536> buffer{};
    while (bytes.size() < size) {
      const auto got =
          ::recv(socket_, buffer.data(), std::min(buffer.size(), size - bytes.size()), 0);
      if (got < 0 && errno == EAGAIN) FAIL("nothing came in time");
      if (got <= 0) break;
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return bytes;
  }
  // Whether there is something to receive, or the end.
  [[nodiscard]] bool hears() const {
    pollfd waits{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&waits, 1, 0) == 1;
  }
  // All until the other side closes.
  std::string rest() { return receive(SIZE_MAX); }

  // What it answers, if that is so long.
  std::string ask(std::string_view bytes, std::size_t answer_size) {
    REQUIRE(send(bytes));
    return receive(answer_size);
  }

 private:
  int socket_ = -1;
};

// A command as an array of strings.
inline std::string command(std::initializer_list<std::string_view> arguments) {
  std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string_view argument : arguments) {
    bytes += "$" + std::to_string(argument.size()) + "\r\n";
    bytes += argument;
    bytes += "\r\n";
  }
  return bytes;
}

inline std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

}  // namespace kv::test
