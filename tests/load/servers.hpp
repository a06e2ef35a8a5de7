// Servers to put load on: Redis itself, and small ones that misbehave when they are told to.
//
// Threads   each small server has its own, ended with the object.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/local_cluster/child_process.hpp"
#include "v4_replicated_kv/runtime/descriptor.hpp"

namespace kv::test {

// A socket that listens on a port of the kernel's choice.
struct Listener {
  Descriptor socket;
  std::uint16_t port = 0;
};
[[nodiscard]] Listener listen_anywhere();

// A real redis-server without files; nothing where none is installed.
class RedisServer {
 public:
  [[nodiscard]] static std::optional<RedisServer> start();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void kill();

 private:
  RedisServer(ChildProcess process, std::uint16_t port)
      : process_(std::move(process)), port_(port) {}

  ChildProcess process_;
  std::uint16_t port_;
};

// Takes one connection after the other, and each line-wise request of the Redis protocol by
// itself: `answer` is asked for every command, and may dawdle. An empty answer closes.
class LineServer {
 public:
  using Answer = std::function<std::string(const std::vector<std::string>& command)>;

  explicit LineServer(Answer answer);
  ~LineServer();
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_.port; }

 private:
  void serve(int socket);

  Answer answer_;
  Listener listener_;
  Descriptor stop_;
  std::jthread thread_;
};

// Words for a run against a server on this machine: short, and with no warm-up.
[[nodiscard]] bench::BenchWords words_for(bench::Protocol protocol, std::uint16_t port,
                                          std::string_view workload);

}  // namespace kv::test
