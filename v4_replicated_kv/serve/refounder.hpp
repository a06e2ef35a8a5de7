// A node takes part in the founding of another cluster: see membership/refounding.hpp.
//
//   main thread   due() ---> what to do with the node and its disk ---> done
//   gRPC threads  asked(), answers ---^
//
// Idea      as Acquaintance: what is decided is Refounding's, which knows no thread; this gives
//           it the time, asks for it, and answers for it while the node stops and starts.
// Breaks if  the disk is written while somebody waits for the lock: see there.
// Threads   asked(): any. The rest: one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/membership/refounding.hpp"

namespace kv {

class Refounder {
 public:
  using Told = std::function<void(IAm)>;
  // Asks whoever is at this address, and tells what it answers, if it does; from any thread.
  using Ask = std::function<void(const std::string& address,
                                 const RefoundQuestion& question, Told told)>;

  Refounder(const RefoundingSetup& setup, const HeldCluster& held,
            const RefoundRecord& record, Ask ask);

  void observe(std::string unfit, std::vector<MemberAddresses> members);

  // What is to be done now; asks others what there is to ask.
  [[nodiscard]] RefoundingEffects due();
  void prepared(const Result<void>& done);
  void decided();
  void went_on(const HeldCluster& held);
  void went_back();

  [[nodiscard]] RefoundAnswer asked(const RefoundQuestion& question);
  [[nodiscard]] bool is_away() const;
  [[nodiscard]] std::string waits_for() const;

 private:
  struct State;

  Ask ask_;
  std::shared_ptr<State> state_;  // answers may come when all else has gone
};

}  // namespace kv
