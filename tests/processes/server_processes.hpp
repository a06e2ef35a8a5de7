// Real servers, as a person would start them: a process each, ports that are free.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "tests/programs/run_program.hpp"
#include "v4_replicated_kv/client/client.hpp"
#include "v4_replicated_kv/local_cluster/child_process.hpp"

namespace kv::test {

// A port of 127.0.0.1 that nobody listened on a moment ago.
[[nodiscard]] std::uint16_t free_port();
// "127.0.0.1:" and such a port.
[[nodiscard]] std::string at_free_port();

// That of "127.0.0.1:8080".
[[nodiscard]] std::uint16_t port_in(const std::string& address);

// Polls what only another process knows; whether it came to be, in time.
[[nodiscard]] bool becomes_true(const std::function<bool()>& is);

// Whether whoever serves there says that it is ready, in time.
[[nodiscard]] bool is_ready_in_time(const std::string& http);

// What a get finds; "nothing" where that is not one value, "failed: " and why where it
// fails.
[[nodiscard]] std::string value_of(Client& client, const std::string& key,
                                   const std::string& consistency = "");

class ServerProcess {
 public:
  // Behind `serve`, or another command; starts it.
  explicit ServerProcess(std::vector<std::string> words,
                         const std::string& command = "serve");

  void start();
  // Waits for its end. As kill -9.
  void kill();
  // SIGTERM, and waits; how it ended, in words.
  std::string stop();
  void signal(int number);
  [[nodiscard]] pid_t pid() const { return process_->pid(); }

  // All that it has said since it was started last.
  [[nodiscard]] const std::string& said();
  // Whether it says so, in time.
  [[nodiscard]] bool says(const std::string& part);
  [[nodiscard]] std::string ending();

 private:
  std::vector<std::string> words_;
  std::unique_ptr<ChildProcess> process_;
  std::string said_;
};

// A proxy, whose door of HTTP is open; without seeds it waits for its first node.
struct ProxyProcess {
  explicit ProxyProcess(const std::string& seeds = "", const std::string& name = "proxy",
                        const std::vector<std::string>& more = {});

  [[nodiscard]] Client client() const { return Client({.endpoints = {http}}); }
  // Whether it says that it is, in time.
  [[nodiscard]] bool wait_until_connected_with(std::size_t nodes) const;

  std::string http;
  ServerProcess process;
};

struct ClusterNode {
  std::string name;
  std::string http;
  std::string resp;
  std::string grpc;
  std::unique_ptr<ServerProcess> server;
};

struct ClusterSetup {
  std::size_t nodes = 3;
  std::vector<std::string> settings{};   // of all nodes
  std::vector<std::string> data_dirs{};  // of the first ones; the others have their own
};

// Nodes that name each other as seeds, each with a directory of its own.
class ClusterOfProcesses {
 public:
  explicit ClusterOfProcesses(const ClusterSetup& setup);
  explicit ClusterOfProcesses(std::size_t nodes, std::vector<std::string> settings = {})
      : ClusterOfProcesses(
            ClusterSetup{.nodes = nodes, .settings = std::move(settings)}) {}

  [[nodiscard]] ClusterNode& node(std::size_t i) { return nodes_.at(i); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  // The nodes' addresses of gRPC, with commas between.
  [[nodiscard]] const std::string& seeds() const { return seeds_; }
  // Of the node with that name.
  [[nodiscard]] std::size_t place_of(const std::string& name) const;
  // Whatever a node that is down has on its disk is gone.
  void wipe(std::size_t i);
  // A client that asks this node alone, or all.
  [[nodiscard]] Client client_of(std::size_t i) const;
  [[nodiscard]] Client client() const;
  // Where other nodes' requests come in, as its log says.
  [[nodiscard]] std::string peer_address_of(std::size_t i);
  // Whether the node says that it serves, in time.
  [[nodiscard]] bool wait_until_ready(std::size_t i);
  // The same of all, and that each is connected with all others.
  [[nodiscard]] bool wait_until_all_ready();
  // Whether another node says this of it, in time: "failed".
  [[nodiscard]] bool wait_until_seen(std::size_t by, std::size_t whom,
                                     const std::string& state);

 private:
  TempDir directory_;
  std::string seeds_;
  std::vector<ClusterNode> nodes_;
};

}  // namespace kv::test
