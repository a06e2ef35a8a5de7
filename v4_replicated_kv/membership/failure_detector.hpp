// Who has been silent for too long.
//
//              silence >= suspect_after       silence >= fail_after
//   healthy -------------------------> suspected ------------> failed
//     ^  ^                                 ^ |                   |
//     |  | suspect_after without           | | a message         | a message
//     |  | another silence                 | v                   |
//     |  +------------------------------ recovered <-------------+
//     +--- watch()
//
// Idea      nobody can tell a dead node from a slow one, so nothing that is promised
//           depends on this: it chooses whom to ask first, and what operators see. Any
//           message is a sign of life; a heartbeat is for who has nothing to say.
// Breaks if  a node that was itself asleep blames the others. After a minute in which it
//            did not run, all of them seem to have been silent for a minute: it would
//            suspect the whole cluster. Time in which it did not look is nobody's
//            silence.
// Left out  a peer that only some of the others hear, and limits that follow the network:
//           one set of thresholds is easier to reason about than a good guess.
// Source    Chandra and Toueg, "Unreliable Failure Detectors for Reliable Distributed
//           Systems", JACM 1996.
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "common/base/rng.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// In the words of the interfaces.
enum class Health : std::uint8_t { healthy, suspected, failed, recovered };

[[nodiscard]] constexpr std::string_view word_for(Health health) {
  switch (health) {
    case Health::healthy:
      return "healthy";
    case Health::suspected:
      return "suspected";
    case Health::failed:
      return "failed";
    case Health::recovered:
      return "recovered";
  }
  return "";
}

// Each is longer than the one before it.
struct FailureRules {
  Tick heartbeat{500'000};
  Tick suspect_after{2'000'000};
  Tick fail_after{5'000'000};
};

// A peer has become something else.
struct HealthChange {
  NodeId peer;
  Health from = Health::healthy;
  Health to = Health::healthy;
  Tick silence{};          // since its last message, whoever's fault that was
  bool restarted = false;  // its process is another: what it had not on its disk is gone
  friend bool operator==(const HealthChange&, const HealthChange&) = default;
};

using HealthChanges = std::vector<HealthChange>;

class FailureDetector {
 public:
  // `now` of this and of all that follow never goes back. The seed is of the node's own
  // heartbeats: nodes that start together shall not beat together.
  FailureDetector(const FailureRules& rules, std::uint64_t seed, Tick now);

  // From now on this peer is watched; it is healthy until its silence says otherwise.
  void watch(NodeId peer, Tick now);
  void forget(NodeId peer) { peers_.erase(peer); }

  // Any message of a peer, with the number of its process. Changes are added to `out`.
  // What a process sent that was replaced meanwhile says nothing; nor does who is not
  // watched.
  void heard(NodeId peer, std::uint64_t boot, Tick now, HealthChanges& out);

  // Looks at the time. True: it is time to send all others a heartbeat.
  [[nodiscard]] bool step(Tick now, HealthChanges& out);

  // When step() wants to be called next, at the latest.
  [[nodiscard]] Tick wake() const;

  // Of a watched peer.
  [[nodiscard]] Health health(NodeId peer) const;

 private:
  struct Peer {
    Health health = Health::healthy;
    Tick heard_at{};      // the last message, or watch()
    Tick silent_since{};  // the same, or when this node woke up, if that is later
    Tick recovered_at{};
    std::uint64_t boot = 0;      // 0: never heard of
    std::uint64_t old_boot = 0;  // the one before
  };

  void notice(Tick now);
  void judge(NodeId id, Peer& peer, Tick now, HealthChanges& out);
  void change(NodeId id, Peer& peer, Health to, Tick now, HealthChanges& out);
  [[nodiscard]] Tick next_judgement(const Peer& peer) const;
  [[nodiscard]] Tick next_beat(Tick now);

  FailureRules rules_;
  Rng chance_;
  std::map<NodeId, Peer> peers_;
  Tick last_look_;
  Tick beat_at_;
  Tick judge_at_;  // no peer becomes anything before
};

}  // namespace kv
