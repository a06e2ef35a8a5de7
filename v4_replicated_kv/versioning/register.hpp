// Last write wins, where "last" is what replicas have checked, never a clock.
//
// Idea      a key has one version, the one with the largest (counter, actor, seq).
//           Counters are what replicas have seen: a replica takes a put only if it is
//           above what it holds, else it says what that is, and the coordinator tries
//           again above it.
// Why       a clock that is an hour ahead wins for an hour against every write that was
//           acknowledged meanwhile. A counter that nobody checks is no better: a
//           coordinator that missed put 9 gives its own put a 3, everybody says "stored",
//           and it is gone.
// Breaks if  replicas acknowledge what they did not take, or counters start anew for a
//            key
//           whose tombstone was reaped (floors.hpp).
// Left out  concurrent writers. Of two puts at once one is lost, by design; siblings.hpp
//           is for those who mind. Reading first, quorums: replication's matter.
// Source    timestamps: Lynch and Shvartsman, "Robust emulation of shared memory using
//           dynamic quorum-acknowledged broadcasts", FTCS 1997; the order: Lamport,
//           "Time, Clocks, and the Ordering of Events", CACM 21(7), 1978.
#pragma once

#include <cstdint>

#include "v4_replicated_kv/versioning/floors.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

// A replica's answer to a put.
struct OfferVerdict {
  bool accepted = false;
  std::uint64_t above = 0;  // where refused: a counter above this one may be taken
};

// Takes `offered` if it is above what the state holds and the floor; else leaves the
// state as it was. What was taken before is accepted again: a message that comes twice is
// normal. Deletes are offered like puts, as tombstones. The versions of one counter are
// ordered by their dots, so a refusal is not the end: next_counter(state, floors, above)
// is.
[[nodiscard]] OfferVerdict offer(KeyState& state, const Version& offered,
                                 const Floors& floors);

// The larger of two registers: commutative, associative, idempotent. For copies of
// versions that were taken somewhere: repair, hints, streaming.
[[nodiscard]] KeyState merge_register(const KeyState& mine, const KeyState& theirs);

}  // namespace kv
