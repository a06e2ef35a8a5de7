// A client that says exactly the bytes it is given, and tells what came back.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/whole_number.hpp"

namespace kv::test {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended without one
  std::string head{};
  std::string body{};

  // The value of a header; empty where there is none.
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == head.npos) return "";
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(fd_ >= 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~RawClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  // False where the other side has had enough.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // As much as the system takes now.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t count =
        ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  void say_no_more() { ::shutdown(fd_, SHUT_WR); }

  // The next answer, without a body where the request was a HEAD.
  HttpAnswer answer(bool is_head = false) {
    HttpAnswer answer;
    auto end = std::string::npos;
    while ((end = in_.find("\r\n\r\n")) == in_.npos) {
      if (!receive()) return answer;
    }
    answer.head = in_.substr(0, end + 2);
    REQUIRE(answer.head.starts_with("HTTP/1.1 "));
    answer.status = std::stoi(answer.head.substr(9, 3));
    in_.erase(0, end + 4);
    if (is_head || answer.status == 100) return answer;
    const auto length = whole_number(answer.header("Content-Length"));
    REQUIRE(length.has_value());
    while (in_.size() < *length) {
      if (!receive()) return {};
    }
    answer.body = in_.substr(0, *length);
    in_.erase(0, *length);
    return answer;
  }

  // Whether the other side ends it, and says nothing before.
  bool is_closed() { return in_.empty() && !receive(); }

  // Whether it ends so soon, whatever it says before.
  bool ends_within(std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) != 1) {
        return false;
      }
      if (!receive()) return true;
    }
  }

  // So many bytes of what is no HTTP; fewer where it ends before.
  std::string take(std::size_t bytes) {
    while (in_.size() < bytes && receive()) {
    }
    const std::string taken = in_.substr(0, bytes);
    in_.erase(0, bytes);
    return taken;
  }

  // Sends one and waits.
  HttpAnswer ask(std::string_view request) {
    send(request);
    return answer(request.starts_with("HEAD "));
  }

 private:
  bool receive() {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, 60'000);
    REQUIRE(ready == 1);
    char buffer[65536];
    const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  int fd_ = -1;
  std::string in_;
};

// A request with a body, and headers that end in CR LF.
inline std::string request_text(std::string_view method, std::string_view target,
                                std::string_view body = {},
                                std::string_view headers = {}) {
  std::string text(method);
  text.append(" ")
      .append(target)
      .append(" HTTP/1.1\r\nHost: localhost\r\n")
      .append(headers);
  if (!body.empty() || method == "PUT" || method == "POST") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text.append("\r\n").append(body);
}

// Every byte as %XX.
inline std::string escaped(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kHex[byte >> 4U];
    text += kHex[byte & 15U];
  }
  return text;
}

}  // namespace kv::test
