// How clusters that hold nothing become one, with a member more: all of them, or none.
//
//   founder   idle -> looking -> preparing -> prepared ---- all say so ----> decided: T is
//                        |           |            \-- one refuses, silence -> back
//   others    idle ------------> preparing -> prepared -- the founder: T is -> decided
//                                                 \------ the founder: no T -> back
//
// Idea      an empty cluster is not worth changing: another one is founded in its place, with
//           a name of its own. Whoever still has the old ring, a proxy or a member that was
//           away, is refused at the door by all who have the new one; so a ring that was
//           given up cannot get a single key.
// Idea      two-phase commit. Who is prepared serves nobody, and has given its word: it goes
//           where the founder goes. The founder decides with one write to its disk, and only
//           when all have given theirs.
// Idea      a founder that knows nothing of an attempt has given it up, so going back needs no
//           write. It remembers what it founded as long as it matters: it is in that cluster,
//           and cannot be in a next one before all its members have gone on.
// Breaks if  who is prepared gets impatient. The founder may have decided just before it fell
//            silent. So it waits, and says for whom; unless another has gone on already.
// Breaks if  a founder that lost its disk is believed: it knows nothing of anything. A disk has
//            a name, which is part of the plan.
// Left out  moving data. A founder that lost its disk between its word and the others': those
//           that are prepared wait for a person.
// Source    Gray, "Notes on Data Base Operating Systems", 1978; presumed abort: Mohan, Lindsay
//           and Obermarck, "Transaction Management in R*", ACM TODS 11(4), 1986.
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/membership/formation.hpp"
#include "v4_replicated_kv/membership/formation_messages.hpp"
#include "v4_replicated_kv/membership/refounding_record.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct RefoundingSetup {
  std::string name{};  // of this node
  RingPlan plan{};     // as its settings say; copies: as many as there should be
  std::uint64_t chance = 0;
  Tick ask_every{100'000};
  Tick patience{10'000'000};  // of a founder, in each of its two rounds
};

// What a driver is to do, one at a time: the next comes when it said that this is done.
struct RefoundingEffects {
  struct Ask {
    std::string address;
    RefoundQuestion question;
  };
  std::vector<Ask> ask{};
  // Stop serving, see that nothing is kept, make this durable; then prepared().
  std::optional<RefoundRecord> prepare{};
  // Make this durable, say decided(), give the disk to the new cluster; then went_on().
  std::optional<RefoundRecord> decide{};
  // Make this durable, serve as before; then went_back().
  std::optional<RefoundRecord> go_back{};
};

class Refounding {
 public:
  // A record that is decided was carried out before.
  Refounding(RefoundingSetup setup, HeldCluster held, RefoundRecord record, Tick now);

  // What its driver sees: why this node cannot be in another cluster now, empty if it can;
  // and where the members of its cluster are, itself included.
  void observe(std::string unfit, std::vector<MemberAddresses> members);

  // Asks, if it is time; gives up, or not. Call it often.
  void time(Tick now, RefoundingEffects& out);

  [[nodiscard]] RefoundAnswer asked(const RefoundQuestion& question, Tick now,
                                    RefoundingEffects& out);

  // What was answered to that. Old, doubled and foreign answers do nothing.
  void told(const RefoundingEffects::Ask& asked, const IAm& answer,
            RefoundingEffects& out);

  void prepared(const Result<void>& done, Tick now, RefoundingEffects& out);
  void decided();
  void went_on(HeldCluster held);
  void went_back();

  // That this node is in.
  [[nodiscard]] ClusterId cluster() const { return held_.identity.cluster; }
  // Whether the node serves nobody for now.
  [[nodiscard]] bool is_away() const;
  // What it waits for, for a person; empty where it does not.
  [[nodiscard]] std::string waits_for() const;

 private:
  enum class Phase : std::uint8_t {
    idle,
    looking,
    preparing,
    prepared,
    deciding,
    decided,
    returning,
  };
  struct Asked {
    std::string address;
    std::optional<IAm> answer{};
    bool is_prepared = false;
  };

  [[nodiscard]] bool is_founder() const { return record_.plan->founder == setup_.name; }
  [[nodiscard]] bool is_of(std::uint64_t attempt) const {
    return record_.plan && record_.plan->cluster.raw() == attempt;
  }
  [[nodiscard]] RefoundAnswer standing_of(std::uint64_t attempt) const;
  void begin_to_add(const RefoundQuestion& question, Tick now, RefoundingEffects& out);
  void take(const Refoundation& plan, RefoundingEffects& out);
  [[nodiscard]] std::string refuses(const Refoundation& plan) const;
  void ask_all(Tick now, RefoundingEffects& out);
  void consider(RefoundingEffects& out);
  [[nodiscard]] Result<std::optional<Refoundation>> planned();
  [[nodiscard]] Result<Newcomer> newcomer(const IAm& said) const;
  [[nodiscard]] Result<void> check_all_fit() const;
  void told_as_founder(const std::string& address, const IAm& answer,
                       RefoundingEffects& out);
  void told_outcome(const IAm& answer, RefoundingEffects& out);
  void decide(RefoundingEffects& out);
  void go_back(RefoundingEffects& out);
  void end_adding(const Result<void>& how);
  void give_up(RefoundingEffects& out);

  RefoundingSetup setup_;
  Rng chance_;
  HeldCluster held_;
  RefoundRecord record_;  // as it is on the disk, or on its way there
  Phase phase_ = Phase::idle;
  std::string unfit_;
  std::vector<MemberAddresses> members_{};

  RefoundQuestion adding_{};    // of a founder, what it was asked for last
  RefoundAnswer added_{};       // and how that went, or goes
  std::vector<Asked> asked_{};  // by it; the node that is to be added is the last
  std::uint64_t refused_ = 0;   // the attempt that this node refused last,
  RefoundAnswer refusal_{};     // and why
  Tick ask_at_;
  Tick until_{};
};

}  // namespace kv
