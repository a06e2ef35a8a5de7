// A whole cluster in one process: for lessons, tests, and programs that want its answers
// without its servers.
//
//   thread --- put, get ---> node that coordinates ---> owners
//   thread <--- waits <----- answer
//
// Idea      nodes here are the nodes that servers run, each with its own disk, and they know
//           of each other only by messages. What is missing is the network between them, so
//           a lesson can kill one, cut a cable or slow one down by a call.
// Breaks if  "unknown" is read as "failed": such a write may be there, or come yet.
// Left out  changes of membership: a cluster is opened with the nodes it was founded with.
// Threads   any number may call anything.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/runtime/node_stats.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct ClusterOptions {
  std::vector<Newcomer> nodes{{.name = "n1"}, {.name = "n2"}, {.name = "n3"}};
  Quorum quorum{};  // n copies of each key
  Policy policy = Policy::last_write_wins;
  std::uint32_t partitions = 256;              // a power of two, for life
  std::chrono::milliseconds timeout{2000};     // of a request that names none
  std::chrono::milliseconds again_every{200};  // a silent owner is asked again
  std::uint64_t repair_one_in = 16;            // reads that look at all copies; 0: none
  std::size_t cache_bytes = std::size_t{64} << 20;        // a node: hot values
  std::size_t index_bytes_max = std::size_t{1} << 30;     // a node: keys
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  // 4 KiB to 1 GiB
  Compression compression{};
  double compact_above = 0.5;  // dead bytes / bytes of a segment; from 1 on: never
  std::size_t loops = 1;       // threads that nodes share; at most one a node is used
  std::uint64_t seed = 0;      // of names that must be unlike; 0: from the machine
};

struct PutOptions {
  Consistency consistency{};  // nothing: the cluster's W
  std::string via{};          // the node that coordinates; empty: an owner that is up
  std::optional<std::chrono::milliseconds> timeout{};
  RequestId id{};                                  // of a retry: the same as before
  std::optional<std::chrono::milliseconds> ttl{};  // then it is as if erased
  std::string context{};                           // siblings: what the client has seen
};

struct GetOptions {
  Consistency consistency{};  // nothing: the cluster's R
  std::string via{};
  std::optional<std::chrono::milliseconds> timeout{};
};

// Whether it is ok, was refused (nothing was written), or nobody knows.
struct Answer {
  Outcome outcome = Outcome::ok;
  Trouble trouble = Trouble::none;
  std::string detail{};
  std::size_t answers = 0;  // owners that acknowledged or answered
  std::size_t needed = 0;
  std::string context{};  // siblings: to be handed in with the next write
  [[nodiscard]] bool ok() const { return outcome == Outcome::ok; }
};

struct WriteAnswer : Answer {
  Timestamp version{};
};

struct ReadAnswer : Answer {
  std::vector<std::string> values{};  // none, one, or siblings
};

class Cluster {
 public:
  // A node's disk, each time that the node starts.
  using OpenDisk = std::function<Result<std::unique_ptr<Disk>>(const std::string& node)>;

  // Opens the cluster whose nodes have a directory each in this one, or founds it, and
  // returns once its nodes take requests, or the timeout is over. Errors: bad_usage for an
  // option that cannot be, or that is not what the cluster was founded with; locked,
  // bad_input, corrupt, io as of a Store.
  [[nodiscard]] static Result<std::unique_ptr<Cluster>> open(const std::string& directory,
                                                             ClusterOptions options = {});
  [[nodiscard]] static Result<std::unique_ptr<Cluster>> open(OpenDisk open_disk,
                                                             ClusterOptions options = {});
  // What a node forgets when it goes, it gets from the others.
  [[nodiscard]] static Result<std::unique_ptr<Cluster>> open_in_memory(
      ClusterOptions options = {});

  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  // Stops all nodes that are up. Nobody may be inside then.
  ~Cluster();

  [[nodiscard]] WriteAnswer put(std::string_view key, std::string_view value,
                                const PutOptions& how = {});
  [[nodiscard]] WriteAnswer erase(std::string_view key, const PutOptions& how = {});
  [[nodiscard]] ReadAnswer get(std::string_view key, const GetOptions& how = {});

  // The nodes that hold the key, in the order of preference.
  [[nodiscard]] std::vector<std::string> owners(std::string_view key) const;
  [[nodiscard]] std::vector<NodeStats> stats();

  // For all that follows, Errc::not_found for a name that is no node's.
  //
  // As kill -9: what is not in a file is gone.
  [[nodiscard]] Result<void> kill(std::string_view node);
  // Seals the log first, so that the next start is fast.
  [[nodiscard]] Result<void> stop(std::string_view node);
  // Starts one that is down or failed, from its disk. It asks its peers who it was; errors
  // as of open().
  [[nodiscard]] Result<void> start(std::string_view node);
  // Hangs, and goes on, as a process under SIGSTOP and SIGCONT.
  [[nodiscard]] Result<void> pause(std::string_view node);
  [[nodiscard]] Result<void> resume(std::string_view node);
  // What it says to others arrives so much later; 0: at once.
  [[nodiscard]] Result<void> slow_down(std::string_view node,
                                       std::chrono::milliseconds by);
  // Nothing gets from one to the other, and neither is told; until mended.
  [[nodiscard]] Result<void> cut(std::string_view one, std::string_view other);
  [[nodiscard]] Result<void> mend(std::string_view one, std::string_view other);
  // Whether the node gets there in time.
  [[nodiscard]] bool wait_for(std::string_view node, Stage stage,
                              std::chrono::milliseconds timeout);

 private:
  class Core;
  explicit Cluster(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace kv
