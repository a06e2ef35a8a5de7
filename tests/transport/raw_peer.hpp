// Somebody at a node's port who writes whatever they like.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "v4_replicated_kv/wire/handshake.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"

namespace kv::test {

class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    ::sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int done =
        ::connect(socket_, reinterpret_cast<const ::sockaddr*>(&to), sizeof to);
    REQUIRE((done == 0 || errno == EINPROGRESS));
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer() { ::close(socket_); }

  // As much as the network takes; how much that was.
  std::size_t say(std::string_view bytes) const {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }

  // Reads what is there; whether the other side has closed.
  bool is_closed() {
    std::array<char, 4096> room{};
    for (;;) {
      const auto got = ::recv(socket_, room.data(), room.size(), 0);
      if (got > 0) {
        heard_.append(room.data(), static_cast<std::size_t>(got));
        continue;
      }
      if (got == 0) return true;
      return errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOTCONN;
    }
  }

  // All that came.
  [[nodiscard]] const std::string& heard() const { return heard_; }

 private:
  int socket_;
  std::string heard_;
};

// Who a hostile one says it is.
inline Greeting greeting_of(NodeId node) {
  return {.cluster = ClusterId{0xC1}, .node = node, .boot = 77, .nonce = {'n'}};
}

inline std::string frame_of(FrameKind kind, Channel channel, std::string_view body) {
  std::string frame;
  append_frame(frame, {.kind = kind, .channel = channel, .body = body});
  return frame;
}

inline std::string bytes_of(const Message& message) {
  std::string bytes;
  REQUIRE(append_message(bytes, Policy::last_write_wins, message));
  return bytes;
}

}  // namespace kv::test
