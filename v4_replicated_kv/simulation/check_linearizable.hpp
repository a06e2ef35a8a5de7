// Is there one order of all writes and reads of a key that explains what clients saw?
//
// Idea      a write and the reads that saw it are a cluster, and in any order that
//           explains the history a cluster stays together. Let `over` be the earliest end
//           in it, and `begun` the latest begin. If begun is after over, its value was
//           there all the time between: a forward zone. If not, it was there at some
//           moment from begun to over: a backward zone. An order exists if no read ends
//           before its write begins, no two forward zones overlap, and no backward zone
//           lies within a forward one. That is sorting; trying orders takes time
//           exponential in the number of clients.
// Unknown   a write of unknown outcome that nobody saw may never have happened, and is
//           left out. One that was seen happened, and may have ended at any time.
// Nothing   is not unique, and with values that are not, the question is NP-complete. So
//           deletes have ids, and reads that met a tombstone say whose. A read of a key
//           that was deleted may be unable to say (empty `seen`): it has to be regular
//           and must not lie within a put's forward zone, but nothing more is asked. No
//           false alarm comes of that, and some wrong orders of such reads pass.
// Retried   a write that was asked for twice may be there, be replaced, and be there again.
//           That it is one write is promised to who reads its answer, not to who reads in
//           between; so when it was there says nothing.
// Source    Gibbons and Korach, "Testing Shared Memories", SIAM Journal on Computing
//           26(4), 1997: clusters, zones, and the complexity.
#pragma once

#include <optional>

#include "v4_replicated_kv/simulation/client_history.hpp"

namespace kv {

// Registers only. Judges the reads of level linearizable, as only those promise it: a
// quorum's read may see a write that the next one misses. Leaves out keys that have a
// write of level one, which make no such promise to anybody.
[[nodiscard]] std::optional<Violation> check_linearizable(const ClientHistory& history);

}  // namespace kv
