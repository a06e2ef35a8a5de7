// What goes wrong in a simulated cluster, and when: one thing after the other, by chance.
//
// Idea      anything may happen at any time, as long as the promises that are checked cover
//           it. What they do not cover must not happen: a promise that survives the loss of
//           W - 1 disks says nothing about W of them.
// Suspicion  is none of it: whether it is right has to make no difference. So any node suspects
//           any other, all the time.
// Breaks if  a disk is lost while another that was lost is still being copied to. Then W were
//            lost, and what is gone is nobody's fault. Or if a disk goes back while nobody
//            remembers that it was further. So what it said has arrived by then, or is lost.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/simulation/action.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

struct FaultRules {
  bool on = true;
  bool may_lose_disks = true;    // wipe, roll back, damage: as far as W allows
  Tick gap_max{25'000};          // between two faults
  bool suspects = true;          // anybody of anybody else
  Tick suspect_gap_max{25'000};  // between two of that
};

class Faults {
 public:
  Faults(World& world, const FaultRules& rules, std::uint64_t seed);
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  ~Faults() = default;

  void start();

  // All is well from here on: everything up, connected, with room. Damage stays.
  void heal();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // A bit was flipped on a disk that nobody has looked at since.
  [[nodiscard]] std::optional<NodeId> damaged() const { return damaged_; }

 private:
  void act(const WorldAction& action);
  void next();
  void happen();
  void next_suspicion();
  void suspect_one();
  void later(Tick after_max, NodeId node, void (Faults::*what)(NodeId));

  void kill_one();
  void cut_power_of_one();
  void cut_power_of_all();
  void pause_one();
  void partition();
  void change_weather();
  void step_clock();
  void fail_disk();
  void fill_disk();
  void keep_disk();
  void lose_disk();
  void roll_back();
  void go_back(NodeId node);
  void flip_bit();

  void bring_up(NodeId node);
  void go_on(NodeId node);
  void free_disk(NodeId node);
  void lose(NodeId node);

  [[nodiscard]] NodeId any();
  [[nodiscard]] std::optional<NodeId> any_up();
  [[nodiscard]] bool may_lose_disk();
  [[nodiscard]] bool are_all_up() const;
  [[nodiscard]] std::uint64_t lives() const;

  World& world_;
  FaultRules rules_;
  Rng chance_;
  Rng suspicions_;
  bool is_on_ = false;
  std::uint64_t count_ = 0;
  std::optional<NodeId> lost_;            // this one's disk was: nobody else's now
  std::optional<NodeId> damaged_;         // then nobody else's at all
  std::map<NodeId, std::uint64_t> kept_;  // disks, at so many lives of all nodes
  std::optional<NodeId> goes_back_;       // down, until all that it said has arrived
  std::optional<NodeId> rolled_back_;     // and is not whole yet: quiet!
};

}  // namespace kv
