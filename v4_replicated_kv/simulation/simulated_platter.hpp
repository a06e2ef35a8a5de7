// A disk that goes wrong on command: it loses power, fails, fills up and rots.
//
// Why       a real disk does all of this once in years and never twice alike. Here a seed
//           says when, and the same seed says it again.
// How       a platter outlives the Disk that is opened on it, as a disk outlives a
//           machine:
//             auto platter = std::make_shared<SimulatedPlatter>(seed);
//             auto disk = open_simulated_disk(platter);   // ... use it, then
//             platter->cut_power();                       // its calls fail from now on
//             disk = open_simulated_disk(platter);        // the restart
// Breaks if a crash is kinder than a real one: see cached_file.hpp for what becomes of
//           bytes. Of the names, any subset of the changes since sync_names() survives,
//           or the first few of them; a rename whole or not at all.
// Left out  time (nothing is slow), and pages that failed to sync leaving the cache while
//           the machine runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/simulation/cached_file.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

// What was not synced, after a power cut.
enum class Unsynced { at_random, all_lost, all_kept };

enum class DiskCall {
  create,
  open,
  list,
  rename,
  remove,
  sync_names,
  write,
  read,
  sync,
  resize,
  size,
};
inline constexpr std::size_t kDiskCalls = 11;

// One call that fails, or all from that one on. A write writes some of its bytes, and a
// sync makes an unknown part durable. Errc::disk_full passes over calls that need no
// room, Errc::out_of_memory (no descriptor is left) over those that open nothing.
struct DiskFault {
  std::uint64_t call = 1;             // 1 is the next one that counts
  Errc code = Errc::io;               // or disk_full, or out_of_memory
  bool for_ever = false;              // until heal()
  std::optional<DiskCall> only = {};  // count these only
};

// Any thread may call anything at any time.
class SimulatedPlatter {
 public:
  explicit SimulatedPlatter(std::uint64_t seed) : chance_(seed) {}

  // The same bytes and names, with their unsynced state, on a disk of its own: to try
  // many ends of one story, or to roll a disk back. No faults.
  [[nodiscard]] std::shared_ptr<SimulatedPlatter> copy(std::uint64_t seed) const;

  // Both end every Disk and File there is: their calls fail with Errc::stopped. After a
  // power cut everything is durable that is there. When only the process is killed
  // everything is there, and what was not synced still is not.
  void cut_power(Unsynced what = Unsynced::at_random);
  void kill_process();

  void inject(DiskFault fault);
  void heal();

  // How much the files may take in whole pages; removed files that are open count.
  void limit_capacity(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t bytes_used() const;

  // Turns bit 0 to 7 of a byte of a file that is there, on the platter and for readers.
  void flip_bit(const std::string& name, std::uint64_t offset, unsigned bit);

  // A file's bytes as a reader sees them now; none for a name that is not there.
  [[nodiscard]] std::optional<std::string> content(const std::string& name) const;

  // Calls so far, failed ones too, and the bytes that they moved.
  [[nodiscard]] std::uint64_t calls() const;
  [[nodiscard]] std::uint64_t calls(DiskCall call) const;
  [[nodiscard]] std::uint64_t bytes_written() const;
  [[nodiscard]] std::uint64_t bytes_read() const;

 private:
  friend class SimulatedDisk;
  friend class SimulatedFile;
  friend Result<std::unique_ptr<Disk>> open_simulated_disk(
      const std::shared_ptr<SimulatedPlatter>& platter);

  struct Node {
    CachedFile file;
    int handles = 0;
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;

  // From here on the file has this name and no other; none if it is empty.
  struct NameChange {
    NodePtr node;
    std::string name;
  };

  [[nodiscard]] Result<void> begin(DiskCall call, std::uint64_t boot,
                                   const std::string& name);
  [[nodiscard]] Result<NodePtr> find(const std::string& name, DiskCall call) const;
  [[nodiscard]] std::uint64_t used() const;
  void change_name(const NodePtr& node, const std::string& name);
  void sync_names_in_part();
  void reboot();
  static void apply(const NameChange& change, Names& names);

  mutable std::mutex mutex_;
  Rng chance_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_names_;
  std::vector<NodePtr> removed_;  // from names_, but perhaps open
  std::uint64_t boot_ = 0;        // a Disk and its Files belong to one
  bool opened_ = false;
  std::optional<DiskFault> fault_;
  std::optional<std::uint64_t> capacity_;
  std::array<std::uint64_t, kDiskCalls> calls_{};
  std::uint64_t bytes_written_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace kv
