// What a node says to its log at a start that is well, and may not be what somebody wanted.
//
// Idea      none of it keeps the node from serving, so the log is the only place where anybody
//           could notice.
#pragma once

#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"

namespace kv {

// That the system gives fewer descriptors than limits.connections_max may take.
void tell_of_descriptors(const LimitSettings& limits, const EventLog& log);

// That a node is a cluster by itself while its seeds name others.
void tell_of_seeds(const Settings& settings, const RingState& ring, const EventLog& log);

// That there are fewer copies of a key than cluster.n says, for want of nodes.
void tell_of_copies(const ClusterSettings& settings, const RingState& ring,
                    const EventLog& log);

}  // namespace kv
