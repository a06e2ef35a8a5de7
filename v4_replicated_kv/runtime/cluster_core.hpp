// The inside of a Cluster: its nodes, the loops they live on, and who may start and end them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "common/base/rng.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"
#include "v4_replicated_kv/runtime/node_loop.hpp"
#include "v4_replicated_kv/runtime/node_opener.hpp"

namespace kv {

class Cluster::Core {
 public:
  // `open_disk` is empty for a cluster in memory.
  Core(ClusterOptions options, RingState ring, OpenDisk open_disk, std::uint64_t seed);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  // Starts all nodes.
  [[nodiscard]] Result<void> open();

  // Asks a node, or another one if that takes no requests; waits for the answer.
  [[nodiscard]] Reply ask(Request request, const std::string& via,
                          std::optional<std::chrono::milliseconds> timeout);

  [[nodiscard]] std::vector<std::string> owners(std::string_view key) const;
  [[nodiscard]] std::vector<NodeStats> stats();

  [[nodiscard]] Result<std::size_t> place_of(std::string_view node) const;
  [[nodiscard]] Result<void> start(std::size_t place);
  void kill(std::size_t place);
  void stop(std::size_t place);
  void pause(std::size_t place, bool is_paused);
  [[nodiscard]] Cables& cables() { return all_.cables; }
  [[nodiscard]] bool wait_for(std::size_t place, Stage stage,
                              std::chrono::milliseconds timeout);

 private:
  [[nodiscard]] NodeSetup setup_of(const Boot& boot) const;
  [[nodiscard]] Result<std::vector<OpenedNode>> open_disks();
  [[nodiscard]] Result<OpenedNode> open_node_at(std::size_t place,
                                                std::unique_ptr<Disk> disk);
  void live(std::size_t place, OpenedNode opened, bool is_founding);
  void live_in_memory(std::size_t place, bool is_founding);
  [[nodiscard]] std::uint64_t chance();
  [[nodiscard]] std::vector<std::size_t> whom_to_ask(std::string_view key) const;
  [[nodiscard]] bool takes_requests(std::size_t place) const;

  ClusterOptions options_;
  std::shared_ptr<const RingState> ring_;
  OpenDisk open_disk_;
  std::uint64_t hash_seed_ = 0;  // set before the first node lives
  std::mutex chance_mutex_;
  Rng chance_;  // guarded by chance_mutex_

  mutable std::mutex stages_mutex_;
  std::condition_variable stage_changed_;
  std::vector<std::atomic<Stage>> stages_;  // written with the lock

  Neighbourhood all_;
  std::deque<std::mutex> starting_or_ending_;  // a node's, by place
  std::vector<std::unique_ptr<NodeLoop>> loops_;
};

}  // namespace kv
