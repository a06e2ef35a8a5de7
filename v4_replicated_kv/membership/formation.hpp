// How nodes that know a few addresses become one cluster, and never two.
//
//   blank ---- all say: blank, twice; founder ----> joining ----> joined ----> begun
//     |                                              ^  files      all members  serves
//     +------- one of its seeds offers a ring -------+  durable    hold the ring
//
// Idea      who has the smallest name among those that expect each other founds, and
//           nobody else; and only if all of them answer, and all are blank. Two rounds of
//           questions, the second begun when the first was answered: who was blank in
//           both, in one life of its process, was blank in between, and so was everybody
//           at one moment. Whoever answers a founder forgets what it had been offered
//           before.
// Breaks if  blank is taken for new. A disk that was lost is blank, too. So a node is
//            whole only if every other member says that it has not begun: before that
//            nothing can have been acknowledged. Otherwise its store lacks something, and
//            says so.
// Breaks if  a node begins when it holds the ring. Another may still be blank, and could
//            not tell a cluster that waits for it from one that it has forgotten.
// Breaks if  a ring is told before it is on the disk: its maker crashes, and mints
//           another.
// Left out  two processes with one name and two disks: they are one node that keeps
//           losing its memory. Changes of the ring: refounding.hpp.
// Source    the rounds: the double collect of Afek and others, "Atomic Snapshots of
//           Shared Memory", JACM 1993.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/membership/formation_messages.hpp"
#include "v4_replicated_kv/membership/identity.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct FormationSetup {
  Card self;
  RingPlan plan{};                   // of a cluster that it founds
  std::vector<std::string> seeds{};  // addresses; its own may be among them
  std::uint64_t chance = 0;  // never used before: names of clusters are made of it
  Tick ask_every{200'000};
};

// What the disk of a node said that is in a cluster already.
struct HeldCluster {
  Identity identity;
  std::shared_ptr<const RingState> ring;
};

// What a driver is to do.
struct FormationEffects {
  struct Question {
    std::size_t seed = 0;  // its place among the seeds
    WhoAreYou ask;
  };
  std::vector<Question> ask{};
  // Make durable (join_on_disk), then say joined(). Once in a life at most.
  std::optional<Joining> join{};
  // Make the stage `begun` durable (write_identity), then say begun(); then serve.
  bool begin = false;
};

class Formation {
 public:
  Formation(FormationSetup setup, std::optional<HeldCluster> held, Tick now);

  // Asks, if it is time. Call it at wake().
  void time(Tick now, FormationEffects& out);

  // What it answers; nothing while it joins, as that may still fail.
  [[nodiscard]] std::optional<IAm> asked(const WhoAreYou& question, Tick now,
                                         FormationEffects& out);

  // What a seed answered. Old, doubled and foreign answers do nothing.
  void told(std::size_t seed, IAm answer, Tick now, FormationEffects& out);

  void joined(Tick now);
  void begun();

  // For ever, once it has begun; it then only answers.
  [[nodiscard]] std::optional<Tick> wake() const;
  [[nodiscard]] bool has_begun() const { return phase_ == Phase::begun; }

  // The identity and ring, from `join` on.
  [[nodiscard]] const std::optional<HeldCluster>& held() const { return held_; }
  // The ring has changed: offers are of this one from now on.
  void change_ring(std::shared_ptr<const RingState> ring) {
    held_->ring = std::move(ring);
  }

  // What it waits for, for a person; empty once it has begun.
  [[nodiscard]] std::string waits_for() const;

 private:
  enum class Phase : std::uint8_t { blank, joining, joined, beginning, begun };

  struct Seed {
    std::string address;
    std::string name{};  // of the last that answered there
    std::uint64_t boot = 0;
    std::optional<IAm> answer{};  // of this round
  };

  [[nodiscard]] const std::string& name() const { return setup_.self.addresses.name; }
  [[nodiscard]] bool is_self(const Seed& seed) const;
  [[nodiscard]] RingOffer offer() const;
  void start_round(Tick at);
  void ask_all(Tick now, FormationEffects& out);
  void consider(Tick now, FormationEffects& out);
  void end_round(Tick now, FormationEffects& out);
  void join_if_offered(FormationEffects& out);
  void join(Joining joining, FormationEffects& out);
  void begin_if_all_hold(FormationEffects& out);
  [[nodiscard]] std::vector<std::string> expected() const;
  [[nodiscard]] bool is_founder() const;
  [[nodiscard]] std::string not_founding_because() const;
  [[nodiscard]] std::optional<bool> is_whole_in(ClusterId cluster,
                                                const RingState& ring) const;
  [[nodiscard]] std::string why_blank() const;
  [[nodiscard]] Result<Joining> founded();

  FormationSetup setup_;
  Rng chance_;
  Phase phase_ = Phase::blank;
  std::optional<HeldCluster> held_;
  std::vector<Seed> seeds_;
  std::uint64_t round_ = 0;
  bool round_founds_ = false;              // what this round's questions say
  std::vector<std::uint64_t> blank_once_;  // the boots of a round in which all were blank
  std::set<std::string> holders_;  // members that have said that they hold the ring
  bool others_begun_ = false;
  std::string trouble_;  // why the last round led to nothing, where that is known
  Tick ask_at_;
};

}  // namespace kv
