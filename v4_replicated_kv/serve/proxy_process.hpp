// One proxy, from its settings to the signal that ends it.
//
//   doors open, 503 ---> a seed answers ---> a guest of its cluster ---> a signal
//                             ^                       |
//                             +---- another ring -----+
//
// Idea      a proxy is a node that is in no ring: the same loop, coordinator and doors, over
//           the same connections. It owns no key, so whatever it is asked it asks the owners.
// Idea      nothing of it outlives the process: its number and the name under which it writes
//           are new each time, so that no life can be taken for another.
// Breaks if  its quorums are its own affair: how many copies there are it learns from the ring.
#pragma once

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

// Returns when the process was told to stop, and has. Errors: what keeps it from serving.
// Blocks the signals that stop it; call it on the first thread, before there are others.
[[nodiscard]] Result<void> run_proxy(const Settings& settings);

}  // namespace kv
