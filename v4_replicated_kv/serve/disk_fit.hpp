// Whether a node's directory is the one that its settings mean.
//
// Idea      what a cluster agreed on when it was founded is in its ring, and stays. Settings
//           that say something else are a mistake that is told before anybody is served.
// Breaks if  another node's directory is served under this node's name: logs and addresses
//            name the wrong one, and the others look for it where it is not.
// Breaks if  a node goes on in memory beside the log that it had: back at the log it
//            has lost what it acknowledged meanwhile, and nobody notices.
// Left out  cluster.vnodes: it shaped the first table, and is written nowhere.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/membership/formation.hpp"

namespace kv {

// Errc::conflict where nothing is to be kept, and the directory holds a node's log.
[[nodiscard]] Result<void> check_keeps_nothing(const Settings& settings);

// Errc::conflict where the directory is another node's, or of a cluster that was founded
// with something else than the settings ask for.
[[nodiscard]] Result<void> check_fits(const Settings& settings, const HeldCluster& held);

// A key that the settings leave at its default, while the cluster has another value.
struct ValueInForce {
  std::string key;
  std::string by_default;
  std::string in_force;
};

[[nodiscard]] std::vector<ValueInForce> others_in_force(const Settings& settings,
                                                        const HeldCluster& held);

}  // namespace kv
