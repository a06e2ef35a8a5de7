#include "v4_replicated_kv/local_cluster/local_nodes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"

namespace kv {

namespace {

// Longer than a node takes for its requests and its last sync.
constexpr std::chrono::seconds kEndsWithin{15};
constexpr int kEndingTickMs = 50;
constexpr std::string_view kThisProgram = "/proc/self/exe";

std::string at_port(std::uint64_t port) {
  return fmt::format("127.0.0.1:{}", port);
}

std::string seeds_of(const LocalWords& words) {
  std::string seeds;
  for (std::uint64_t i = 0; i < words.nodes; ++i) {
    seeds += (i == 0 ? "" : ",") + at_port(words.grpc_base + i);
  }
  return seeds;
}

// Splits "kill node2" in two; the second is empty where there is none.
std::pair<std::string_view, std::string_view> two_words(std::string_view line) {
  const auto trim = [](std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
  };
  line = trim(line);
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return {line, {}};
  return {line.substr(0, space), trim(line.substr(space))};
}

constexpr std::array<std::string_view, 7> kCommands{"kill",   "stop",   "start", "pause",
                                                    "resume", "status", "quit"};

}  // namespace

LocalNodes::LocalNodes(const LocalWords& words, const std::string& directory, Say say)
    : say_(std::move(say)) {
  for (std::uint64_t i = 0; i < words.nodes; ++i) {
    LocalNode node{.name = fmt::format("node{}", i + 1),
                   .http = at_port(words.http_base + i),
                   .grpc = at_port(words.grpc_base + i),
                   .resp = at_port(words.resp_base + i)};
    node.command = {std::string(kThisProgram),
                    "serve",
                    "--id",
                    node.name,
                    "--http",
                    node.http,
                    "--grpc",
                    node.grpc,
                    "--resp",
                    node.resp};
    if (words.nodes > 1) {
      node.command.insert(node.command.end(), {"--seeds", seeds_of(words)});
    }
    if (words.in_memory) {
      node.command.insert(node.command.end(), {"--storage.engine", "memory"});
    } else {
      node.command.insert(node.command.end(),
                          {"--data-dir", directory + "/" + node.name});
    }
    node.command.insert(node.command.end(), words.settings.begin(), words.settings.end());
    nodes_.push_back(std::move(node));
  }
}

Result<void> LocalNodes::start_all() {
  for (LocalNode& node : nodes_) {
    if (auto started = start(node); !started) return started;
    say_("", fmt::format("{} http://{} grpc {} resp {}", node.name, node.http, node.grpc,
                         node.resp));
  }
  return {};
}

Result<void> LocalNodes::start(LocalNode& node) {
  if (node.process) {
    return fail(Errc::conflict, fmt::format("{} is {}", node.name, node.state()));
  }
  auto process = ChildProcess::start(node.command);
  if (!process) return std::unexpected(process.error());
  node.process = *std::move(process);
  node.is_paused = false;
  std::erase(told_to_end_, node.name);
  return {};
}

Result<void> LocalNodes::signal(LocalNode& node, int number) {
  if (!node.process) {
    return fail(Errc::conflict,
                fmt::format("{} is down: start {}", node.name, node.name));
  }
  if (number == SIGKILL || number == SIGTERM) told_to_end_.push_back(node.name);
  // One that is stopped hears of the end only once it goes on.
  if (number == SIGTERM && node.is_paused) {
    if (auto woken = node.process->signal(SIGCONT); !woken) return woken;
  }
  node.is_paused = number == SIGSTOP;
  return node.process->signal(number);
}

Result<LocalNode*> LocalNodes::find(std::string_view name) {
  const auto node = std::ranges::find(nodes_, name, &LocalNode::name);
  if (node != nodes_.end()) return &*node;
  const std::string said = name.empty() ? "which node?" : printable(name) + ":";
  return fail(Errc::not_found, fmt::format("{} takes a node, {} to {}", said,
                                           nodes_.front().name, nodes_.back().name));
}

Result<bool> LocalNodes::obey(std::string_view line) {
  const std::pair<std::string_view, std::string_view> words = two_words(line);
  const std::string_view command = words.first;
  if (command.empty()) return true;
  if (command == "quit") return false;
  if (command == "status") {
    say_status();
    return true;
  }
  if (std::ranges::find(kCommands, command) == kCommands.end()) {
    return fail(Errc::bad_usage,
                fmt::format("{}: is not a command; {}", printable(command),
                            suggestion(command, kCommands)));
  }
  const auto node = find(words.second);
  if (!node) return std::unexpected(node.error());
  const auto done = [&]() -> Result<void> {
    if (command == "start") return start(**node);
    if (command == "kill") return signal(**node, SIGKILL);
    if (command == "stop") return signal(**node, SIGTERM);
    return signal(**node, command == "pause" ? SIGSTOP : SIGCONT);
  }();
  if (!done) return std::unexpected(done.error());
  return true;
}

void LocalNodes::say_status() const {
  for (const LocalNode& node : nodes_) {
    say_("", fmt::format("{}  {:8}  http://{}", node.name, node.state(), node.http));
  }
}

void LocalNodes::listen(LocalNode& node) {
  node.unfinished += node.process->read();
  std::string_view rest = node.unfinished;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    say_(node.name, rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  node.unfinished = std::string(rest);
}

bool LocalNodes::look_for_the_dead() {
  bool unasked = false;
  for (LocalNode& node : nodes_) {
    if (!node.process || !node.process->has_ended()) continue;
    listen(node);
    if (!node.unfinished.empty()) say_(node.name, std::exchange(node.unfinished, {}));
    say_("", fmt::format("{} {}", node.name, node.process->ending()));
    node.process.reset();
    unasked = unasked || std::ranges::find(told_to_end_, node.name) == told_to_end_.end();
  }
  return unasked;
}

void LocalNodes::end_all() {
  for (LocalNode& node : nodes_) {
    if (!node.process) continue;
    // It may have ended a moment ago.
    disregard(signal(node, SIGTERM));
  }
  const auto until = std::chrono::steady_clock::now() + kEndsWithin;
  const auto is_up = [](const LocalNode& node) { return node.process.has_value(); };
  while (std::ranges::any_of(nodes_, is_up) && std::chrono::steady_clock::now() < until) {
    std::vector<pollfd> outputs;
    for (LocalNode& node : nodes_) {
      if (!node.process) continue;
      listen(node);
      outputs.push_back({.fd = node.process->output(), .events = POLLIN, .revents = 0});
    }
    poll(outputs.data(), outputs.size(), kEndingTickMs);
    look_for_the_dead();
  }
  for (LocalNode& node : nodes_) {
    if (node.process) say_("", fmt::format("{} does not end, and is killed", node.name));
    node.process.reset();
  }
}

}  // namespace kv
