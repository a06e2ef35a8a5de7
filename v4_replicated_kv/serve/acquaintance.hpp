// A node gets to know the others: until they are a cluster, and whenever one has moved.
//
//   main thread   form() ---> questions to seeds, files on the disk ---> begun
//   gRPC threads  asked(), answers --------^
//
// Idea      what is decided is Formation's, which knows no thread; this gives it the time, carries
//           out what it wants, and answers for it for as long as the process lives.
// Idea      whoever asks or answers says where it is now. So a node that came back on another
//           port is found again. While it is heard of where it was, it is not believed to
//           have moved: two processes are one node then, and the second is told so.
// Breaks if  the disk is written while somebody waits for the lock: a node that syncs would
//            answer nobody. It is let go of meanwhile; the formation answers nothing then.
// Threads   form() is one thread's; the rest: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/membership/formation.hpp"
#include "v4_replicated_kv/serve/other_lives.hpp"
#include "v4_replicated_kv/serve/stop_signals.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

class Acquaintance {
 public:
  using Told = std::function<void(IAm)>;
  // Asks whoever is at this address, and tells what it answers, if it does; from any thread.
  using Ask = std::function<void(const std::string& address, const WhoAreYou& question,
                                 Told told)>;

  // Without a disk nothing is kept: each start is of a blank node.
  // That two processes have one name is sure when it was seen for so long.
  Acquaintance(const FormationSetup& setup, std::optional<HeldCluster> held,
               std::unique_ptr<Disk> disk, Ask ask, const EventLog& log, Tick sure_after);

  // Told what a node waits for: not before it has waited for a moment, and then whenever that
  // is something else. An error ends the waiting.
  using Waits = std::function<Result<void>(const std::string& what)>;

  // Until the node is one of a cluster; false if it is told to stop before. Lets go of the
  // disk then. Errors are the disk's, and those of `waits`.
  [[nodiscard]] Result<bool> form(const StopSignals& signals, const Waits& waits);

  // After form(): the cluster, and whether this start is its first.
  [[nodiscard]] const HeldCluster& held() const { return *formation_->held(); }
  [[nodiscard]] bool is_founding() const { return is_founding_; }

  // What this node answers to a question; nothing while it cannot say.
  [[nodiscard]] std::optional<IAm> asked(const WhoAreYou& question);

  // Where this node is from now on: what others are told.
  void set_own(const MemberAddresses& own);

  // Where the cluster's nodes were last heard to be, this one included.
  [[nodiscard]] std::vector<MemberAddresses> members();
  // Asks a member where it is. What it answers is in members() some time later.
  void look_for(const std::string& member);

  // Which life of each member is connected with this one, and heard of.
  void set_alive(std::map<std::string, std::uint64_t> lives);
  // Where another process is that others take for this node, once that is sure.
  [[nodiscard]] std::optional<std::string> other_self();

 private:
  struct State;

  [[nodiscard]] Result<void> carry_out(FormationEffects todo);
  [[nodiscard]] Result<void> join(const Joining& joining);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] std::string what_it_waits_for() const;
  [[nodiscard]] bool is_other_life(const Card& asker);
  [[nodiscard]] static Told to(const std::shared_ptr<State>& state, std::size_t seed);

  FormationSetup setup_;
  std::unique_ptr<Disk> disk_;
  Ask ask_;
  const EventLog& log_;
  Rng chance_;
  bool is_founding_ = false;
  std::shared_ptr<State> state_;  // answers may come when all else has gone
  Formation* formation_;
};

}  // namespace kv
