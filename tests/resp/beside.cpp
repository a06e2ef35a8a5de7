#include "tests/resp/beside.hpp"

#include <chrono>
#include <thread>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/crash/surroundings.hpp"

namespace kv::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

// Redis takes no port 0: it is given one that was free a moment ago.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at = loopback(0);
  socklen_t size = sizeof at;
  REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  ::close(socket);
  return ntohs(at.sin_port);
}

bool somebody_listens(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in at = loopback(port);
  const bool is_there =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  ::close(socket);
  return is_there;
}

}  // namespace

ShellRan shell(const std::string& command) {
  const ProgramEnd ran = run_shell(command);
  return {.status = ran.status, .out = ran.out, .err = ran.err};
}

bool is_here(const std::string& program) {
  return has_program(program);
}

std::vector<std::string> lines_in(const std::string& text) {
  return lines_of(text);
}

struct RealRedis::Process {
  explicit Process(std::uint16_t port)
      : beside({"/bin/sh", "-c",
                "exec redis-server --port " + std::to_string(port) +
                    " --bind 127.0.0.1 --save '' --appendonly no --dir " + dir.path()},
               dir.path() + "/said") {}

  TempDir dir;
  Beside beside;
};

RealRedis::RealRedis() {
  bool is_up = false;
  for (int attempt = 0; attempt < 5 && !is_up; ++attempt) {
    port_ = free_port();
    process_ = std::make_unique<Process>(port_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_up && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      is_up = somebody_listens(port_);
    }
  }
  REQUIRE(is_up);
}

RealRedis::~RealRedis() {
  process_->beside.kill();
}

}  // namespace kv::test
