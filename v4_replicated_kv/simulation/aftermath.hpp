// When all faults are over: does the cluster become whole, agree, and hold what it
// promised?
//
//   heal       everything up and connected; every node is to become whole
//   converge   every key is read from all owners, until they hold the same
//   checks     what clients were told, and what is held at the end
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/simulation/check_converged.hpp"
#include "v4_replicated_kv/simulation/check_lost.hpp"
#include "v4_replicated_kv/simulation/ledger.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

// A promise that was not kept.
struct Broken {
  std::string promise;  // "regular", "linearizable", ...
  std::string sentence;
  Wrong wrong{};
  std::string key{};               // it was about; empty: about none
  std::optional<Interval> when{};  // of the operation it was about; nothing: of none
};

class Aftermath {
 public:
  // `chance` says whom the readers of converge() ask. Times are told from the ledger's
  // origin.
  Aftermath(World& world, Ledger& ledger, Policy policy, Rng& chance)
      : world_(world), ledger_(ledger), policy_(policy), chance_(chance) {}

  // After heal(world): waits until then at most.
  [[nodiscard]] std::optional<Broken> whole(Tick end);
  [[nodiscard]] std::optional<Broken> converge();
  [[nodiscard]] std::optional<Broken> checks();

 private:
  [[nodiscard]] std::vector<OwnersCopy> copies(std::vector<FinalState>* finals);
  [[nodiscard]] Broken broken(std::string promise, const Violation& violation) const;

  World& world_;
  Ledger& ledger_;
  Policy policy_;
  Rng& chance_;
};

}  // namespace kv
