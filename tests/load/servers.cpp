#include "tests/load/servers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kv::test {

namespace {

// Waits until there is something to read; false: told to stop instead.
bool readable(int socket, int stop) {
  std::array<pollfd, 2> both{pollfd{.fd = socket, .events = POLLIN, .revents = 0},
                             pollfd{.fd = stop, .events = POLLIN, .revents = 0}};
  while (::poll(both.data(), both.size(), -1) < 0) {
  }
  return both[1].revents == 0;
}

// The command that `in` begins with, taken out of it; nothing: it is not all there.
std::optional<std::vector<std::string>> take_command(std::string& in) {
  std::size_t at = 0;
  const auto number = [&](char type) -> std::optional<std::size_t> {
    const auto end = in.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    REQUIRE(in[at] == type);
    const auto value = std::stoul(in.substr(at + 1, end - at - 1));
    at = end + 2;
    return value;
  };
  const auto count = number('*');
  if (!count) return std::nullopt;
  std::vector<std::string> command;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto length = number('$');
    if (!length || in.size() < at + *length + 2) return std::nullopt;
    command.push_back(in.substr(at, *length));
    at += *length + 2;
  }
  in.erase(0, at);
  return command;
}

}  // namespace

Listener listen_anywhere() {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  REQUIRE(::bind(socket.number(), any, size) == 0);
  REQUIRE(::listen(socket.number(), 64) == 0);
  REQUIRE(::getsockname(socket.number(), any, &size) == 0);
  return {.socket = std::move(socket), .port = ntohs(address.sin_port)};
}

std::optional<RedisServer> RedisServer::start() {
  if (::access("/usr/bin/redis-server", X_OK) != 0) {
    MESSAGE("skipped: no redis-server is installed (make deps)");
    return std::nullopt;
  }
  // Its port was free a moment ago; somebody else may have taken it meanwhile.
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::uint16_t port = listen_anywhere().port;
    auto process =
        ChildProcess::start({"/usr/bin/redis-server", "--port", std::to_string(port),
                             "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"});
    REQUIRE(process);
    std::string said;
    while (said.find("Ready to accept connections") == std::string::npos) {
      pollfd output{.fd = process->output(), .events = POLLIN, .revents = 0};
      if (output.fd < 0) break;
      (void)::poll(&output, 1, -1);
      said += process->read();
    }
    if (process->output() >= 0) return RedisServer(*std::move(process), port);
  }
  FAIL("redis-server did not start");
  return std::nullopt;
}

void RedisServer::kill() {
  REQUIRE(process_.signal(SIGKILL));
}

LineServer::LineServer(Answer answer)
    : answer_(std::move(answer)),
      listener_(listen_anywhere()),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] {
        while (readable(listener_.socket.number(), stop_.number())) {
          const Descriptor socket(::accept(listener_.socket.number(), nullptr, nullptr));
          serve(socket.number());
        }
      }) {}

LineServer::~LineServer() {
  const std::uint64_t one = 1;
  CHECK(::write(stop_.number(), &one, sizeof(one)) == sizeof(one));
}

void LineServer::serve(int socket) {
  std::string in;
  std::array<char, 4096> buffer{};
  while (readable(socket, stop_.number())) {
    const ssize_t got = ::read(socket, buffer.data(), buffer.size());
    if (got <= 0) return;
    in.append(buffer.data(), static_cast<std::size_t>(got));
    while (const auto command = take_command(in)) {
      const std::string out = answer_(*command);
      if (out.empty()) return;
      (void)::send(socket, out.data(), out.size(), MSG_NOSIGNAL);
    }
  }
}

bench::BenchWords words_for(bench::Protocol protocol, std::uint16_t port,
                            std::string_view workload) {
  bench::BenchWords words;
  const auto at = std::ranges::find(bench::kWorkloads, workload, &bench::Workload::name);
  REQUIRE(at != bench::kWorkloads.end());
  words.workload = *at;
  words.protocol = protocol;
  words.endpoints = {{.host = "127.0.0.1", .port = std::to_string(port)}};
  words.connections = 4;
  words.threads = 2;
  words.seconds = 0.3;
  words.warmup = 0;
  words.keys = 200;
  return words;
}

}  // namespace kv::test
