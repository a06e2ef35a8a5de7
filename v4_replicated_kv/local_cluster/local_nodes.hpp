// The nodes of a cluster on this machine, as processes: who runs, who is paused.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/local_cluster/child_process.hpp"
#include "v4_replicated_kv/local_cluster/local_words.hpp"

namespace kv {

struct LocalNode {
  std::string name;
  std::string http;  // host:port
  std::string grpc;
  std::string resp;
  std::vector<std::string> command{};
  std::optional<ChildProcess> process{};  // none before its start, and after its end
  bool is_paused = false;
  std::string unfinished{};  // of a line that it prints

  [[nodiscard]] std::string_view state() const {
    if (!process) return "down";
    return is_paused ? "paused" : "running";
  }
};

class LocalNodes {
 public:
  // Told each line for people: of a node, or (with an empty name) of the cluster itself.
  using Say = std::function<void(std::string_view node, std::string_view line)>;

  LocalNodes(const LocalWords& words, const std::string& directory, Say say);

  [[nodiscard]] std::vector<LocalNode>& all() { return nodes_; }

  [[nodiscard]] Result<void> start_all();

  // Does what was typed: "kill node2". Errc::bad_usage for what is no command, not_found for
  // a node that there is not, conflict where it cannot be done now. False for "quit".
  [[nodiscard]] Result<bool> obey(std::string_view line);

  // Passes on what this node printed.
  void listen(LocalNode& node);

  // Notices who has ended. Answers whether one did without having been told to.
  bool look_for_the_dead();

  // Asks all to end, waits as long as a node may take, and kills who is left.
  void end_all();

 private:
  [[nodiscard]] Result<LocalNode*> find(std::string_view name);
  [[nodiscard]] Result<void> start(LocalNode& node);
  [[nodiscard]] Result<void> signal(LocalNode& node, int number);
  void say_status() const;

  std::vector<LocalNode> nodes_;
  std::vector<std::string> told_to_end_;
  Say say_;
};

}  // namespace kv
