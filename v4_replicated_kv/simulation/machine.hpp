// One node of a simulated cluster: a disk, a clock of its own, and now and then a
// process.
//
//   input ---> StoreNode ---> effects      to itself: the next input, at once
//                 |                        to others, to clients: for the world to carry
//                 v
//             LogEngine ---> LogWriter ---> platter
//
// Idea      the driver of a node, with everything that a real one does: numbers are
//           reserved in the manifest, values read from files, groups written and synced.
//           What takes time is planned on the world's agenda, and what is planned dies
//           with the process.
// Breaks if  something is done for the node that a server's driver does not do too.
// Left out  a slow disk: all syncs take about the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/node/store_node.hpp"
#include "v4_replicated_kv/simulation/event.hpp"
#include "v4_replicated_kv/simulation/mistakes.hpp"
#include "v4_replicated_kv/simulation/simulated_platter.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"

namespace kv {

struct MachineRules {
  NodeRules node{};
  std::uint64_t segment_bytes = 8192;
  std::size_t hot_bytes = 4096;
  Tick sync_min{100};
  Tick sync_max{400};
  Tick read_min{50};
  Tick read_max{249};
  Tick chores_every{30'000};  // 0: never
};

class Machine {
 public:
  Machine(NodeId self, std::shared_ptr<const RingState> ring, const MachineRules& rules,
          const Tamper& tamper, WorldAgenda& agenda, std::uint64_t seed);

  // Starts a process on what the disk has. Errors are those of recover(); it is down
  // then.
  [[nodiscard]] Result<void> start(Tick now);
  void kill();
  void cut_power(Unsynced unsynced = Unsynced::at_random);
  [[nodiscard]] bool is_up() const { return node_ != nullptr; }

  void step(Tick now, Input input);

  // Something that this machine planned, in whatever life.
  void handle(Tick now, OwnEvent event);

  // What the last step wants to be carried; to be emptied by who does it.
  [[nodiscard]] std::vector<Message>& sent() { return sent_; }
  // Sees what it says to itself.
  std::function<void(const Message&)> on_own_message;
  [[nodiscard]] std::vector<Reply>& replies() { return replies_; }

  // Of a machine that is down: an empty disk, or, once, a copy of it that was kept
  // earlier.
  void lose_disk();
  void keep_disk();
  [[nodiscard]] bool has_kept_disk() const { return kept_ != nullptr; }
  void roll_back_disk();
  [[nodiscard]] SimulatedPlatter& disk() { return *platter_; }

  void set_clock(std::int64_t ahead_ms) { ahead_ms_ = ahead_ms; }
  [[nodiscard]] WallMs wall(Tick now) const;

  [[nodiscard]] bool is_whole() const { return is_up() && node_->is_whole(); }
  [[nodiscard]] bool has_failed() const {
    return is_up() && node_->failure().has_value();
  }
  [[nodiscard]] std::uint64_t life() const { return life_; }
  [[nodiscard]] NodeId id() const { return self_; }

  // What it holds of a key, damage aside. Only of a machine that is up.
  [[nodiscard]] Result<KeyState> held(const std::string& key);

 private:
  [[nodiscard]] Moment moment(Tick now) const;
  [[nodiscard]] Boot boot_of(const Recovered& recovered);
  [[nodiscard]] Tick between(Tick least, Tick most, Tick now) const;
  template <class What>
  void plan(Tick at, What what) {
    agenda_.add(at, OwnEvent{.node = self_, .life = life_, .what = std::move(what)});
  }

  void settle(Tick now);
  void use_effects(Tick now);
  void reserve(Tick now);
  void have_spare();
  void write_log(Tick now);
  void plan_wake(Tick now);
  void failed(const Error& cause);
  [[nodiscard]] Result<std::string> read(const ColdRead& read) const;

  void on(Tick now, const Wake& wake);
  void on(Tick now, const SyncDone& done);
  void on(Tick now, const ManifestDone& done);
  void on(Tick now, const ReadDone& done);
  void on(Tick now, const Chores& chores);
  [[nodiscard]] Result<void> write_hints();
  [[nodiscard]] Result<void> compact();

  NodeId self_;
  std::shared_ptr<const RingState> ring_;
  MachineRules rules_;
  const Tamper& tamper_;
  WorldAgenda& agenda_;
  Rng chance_;
  std::uint64_t pace_;  // a seed: how long each sync and each read takes
  std::int64_t ahead_ms_ = 0;
  Tick ahead_;  // of its monotonic clock
  std::shared_ptr<SimulatedPlatter> platter_;
  std::shared_ptr<SimulatedPlatter> kept_;
  std::optional<ActorId> lost_actor_;  // of the disk before this one
  std::uint64_t life_ = 0;

  std::unique_ptr<Disk> disk_;
  std::unique_ptr<LogEngine> engine_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<StoreNode> node_;
  bool syncs_ = false;
  std::optional<Reservation> reserving_;
  std::optional<Tick> wake_;
  std::optional<Error> failure_;  // of the disk, not told to the node yet

  Effects effects_;
  std::vector<Message> to_itself_;
  std::vector<Message> sent_;
  std::vector<Reply> replies_;
};

}  // namespace kv
