#include "tests/processes/server_processes.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kv::test {

namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kLookAgain{20};

std::vector<std::string> words_of_proxy(const std::string& http, const std::string& seeds,
                                        const std::string& name,
                                        const std::vector<std::string>& more) {
  std::vector<std::string> all{"--id", name, "--http", http};
  if (!seeds.empty()) all.insert(all.end(), {"--seeds", seeds});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

bool becomes_true(const std::function<bool()>& is) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!is()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

bool is_ready_in_time(const std::string& http) {
  Client client({.endpoints = {http}});
  return becomes_true([&] { return client.fetch("/readyz").has_value(); });
}

std::string value_of(Client& client, const std::string& key,
                     const std::string& consistency) {
  const auto found = client.get(key, {.consistency = consistency});
  if (!found) return "failed: " + found.error().detail;
  return found->values.size() == 1 ? found->values.front() : "nothing";
}

namespace {

bool is_free(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_bound = bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
  close(listener);
  return is_bound;
}

}  // namespace

// Below those that the kernel gives to who connects: a node that dials another one before that
// listens would get its port, and even be connected with itself.
std::uint16_t free_port() {
  constexpr std::uint32_t kFirst = 10'240;
  constexpr std::uint32_t kPorts = 22'000;
  static std::uint32_t next = std::random_device{}();
  for (std::uint32_t tries = 0; tries < kPorts; ++tries) {
    const auto port = static_cast<std::uint16_t>(kFirst + next++ % kPorts);
    if (is_free(port)) return port;
  }
  FAIL("no port is free");
  return 0;
}

std::string at_free_port() {
  return fmt::format("127.0.0.1:{}", free_port());
}

std::uint16_t port_in(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

ServerProcess::ServerProcess(std::vector<std::string> words, const std::string& command)
    : words_(std::move(words)) {
  words_.insert(words_.begin(), {std::string(KV_BIN_DIR) + "/v4_replicated_kv", command});
  start();
}

void ServerProcess::start() {
  said_.clear();
  auto started = ChildProcess::start(words_);
  REQUIRE(started);
  process_ = std::make_unique<ChildProcess>(*std::move(started));
}

void ServerProcess::signal(int number) {
  REQUIRE(process_->signal(number));
}

std::string ServerProcess::ending() {
  REQUIRE(becomes_true([this] {
    said_ += process_->read();
    return process_->has_ended();
  }));
  said_ += process_->read();
  return process_->ending();
}

void ServerProcess::kill() {
  signal(SIGKILL);
  (void)ending();
}

std::string ServerProcess::stop() {
  signal(SIGTERM);
  return ending();
}

const std::string& ServerProcess::said() {
  said_ += process_->read();
  return said_;
}

bool ServerProcess::says(const std::string& part) {
  return becomes_true([&] { return said().contains(part); });
}

ProxyProcess::ProxyProcess(const std::string& seeds, const std::string& name,
                           const std::vector<std::string>& more)
    : http(at_free_port()), process(words_of_proxy(http, seeds, name, more), "proxy") {}

bool ProxyProcess::wait_until_connected_with(std::size_t nodes) const {
  Client asks = client();
  const std::string all = fmt::format("\"peers_up\":{},", nodes);
  return becomes_true([&] {
    const auto answer = asks.fetch("/api/v1/cluster/stats");
    return answer && answer->body.contains(all);
  });
}

ClusterOfProcesses::ClusterOfProcesses(const ClusterSetup& setup) {
  for (std::size_t i = 0; i < setup.nodes; ++i) {
    nodes_.push_back({.name = fmt::format("node{}", i + 1),
                      .http = at_free_port(),
                      .resp = at_free_port(),
                      .grpc = at_free_port(),
                      .server = {}});
    seeds_ += (i == 0 ? "" : ",") + nodes_.back().grpc;
  }
  for (std::size_t i = 0; i < setup.nodes; ++i) {
    ClusterNode& node = nodes_[i];
    const std::string data = i < setup.data_dirs.size()
                                 ? setup.data_dirs[i]
                                 : directory_.path() + "/" + node.name;
    std::vector<std::string> words{"--id",   node.name, "--data-dir", data,
                                   "--http", node.http, "--resp",     node.resp,
                                   "--grpc", node.grpc};
    if (setup.nodes > 1) words.insert(words.end(), {"--seeds", seeds_});
    words.insert(words.end(), setup.settings.begin(), setup.settings.end());
    node.server = std::make_unique<ServerProcess>(words);
  }
}

Client ClusterOfProcesses::client_of(std::size_t i) const {
  return Client({.endpoints = {nodes_.at(i).http}});
}

Client ClusterOfProcesses::client() const {
  ClientOptions options{.endpoints = {}};
  for (const ClusterNode& node : nodes_) options.endpoints.push_back(node.http);
  return Client(options);
}

std::string ClusterOfProcesses::peer_address_of(std::size_t i) {
  const std::string words = R"("door":"peer","address":")";
  ServerProcess& server = *node(i).server;
  REQUIRE(server.says(words));
  const std::size_t begin = server.said().find(words) + words.size();
  return server.said().substr(begin, server.said().find('"', begin) - begin);
}

std::size_t ClusterOfProcesses::place_of(const std::string& name) const {
  const auto at = std::ranges::find(nodes_, name, &ClusterNode::name);
  REQUIRE(at != nodes_.end());
  return static_cast<std::size_t>(at - nodes_.begin());
}

void ClusterOfProcesses::wipe(std::size_t i) {
  std::filesystem::remove_all(directory_.path() + "/" + nodes_.at(i).name);
}

bool ClusterOfProcesses::wait_until_ready(std::size_t i) {
  return is_ready_in_time(nodes_.at(i).http);
}

bool ClusterOfProcesses::wait_until_all_ready() {
  const std::string all_others = fmt::format("\"peers_up\":{}", size() - 1);
  for (std::size_t i = 0; i < size(); ++i) {
    Client client = client_of(i);
    const bool is_connected = becomes_true([&] {
      const auto answer = client.fetch("/api/v1/cluster/stats");
      return answer && answer->body.contains(all_others);
    });
    if (!is_connected || !wait_until_ready(i)) return false;
  }
  return true;
}

bool ClusterOfProcesses::wait_until_seen(std::size_t by, std::size_t whom,
                                         const std::string& state) {
  Client client = client_of(by);
  const std::string name = fmt::format("\"id\":\"{}\"", node(whom).name);
  const std::string seen = fmt::format("\"state\":\"{}\"", state);
  return becomes_true([&] {
    const auto answer = client.fetch("/api/v1/cluster/nodes");
    if (!answer) return false;
    const auto begin = answer->body.find(name);
    if (begin == std::string::npos) return false;
    const auto end = answer->body.find('}', begin);
    return answer->body.substr(begin, end - begin).contains(seen);
  });
}

}  // namespace kv::test
