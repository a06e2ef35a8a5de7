// Concurrent values stay side by side until somebody who has seen them replaces them.
//
// Idea      a put says what its writer had seen (its context). It replaces exactly that.
//           What it did not see stays: a sibling.
// Why       two clients read [apples], one adds pears, the other plums. Whichever "wins",
//           a purchase is lost; only the clients can merge carts.
// Breaks if  versions are told apart by vectors alone. Two puts with one stale context
//           through one coordinator get (A, 1) and (A, 2), and the second vector covers
//           the first value, which its writer never saw. A dot names the value by itself.
// Breaks if  an actor gives a dot to a key while it lacks one that it gave to it before.
//            A put
//           is acknowledged only when its own actor has it on disk, whoever else has it.
// Left out  who may give dots, and how many copies a put needs: replication's matter.
// Source    the sets and `sync`: Almeida and others, DAIS 2014, section 5; Riak's dvvset.
#pragma once

#include <cstddef>

#include "common/base/result.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/history.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// What a key may grow to. A put beyond is refused; nothing is ever dropped to make room.
// A merge may go beyond, as each coordinator counts what it sees.
struct SiblingLimits {
  std::size_t siblings = 100;
  std::size_t value_bytes = kValueBytesMax;  // of all siblings: they are stored as one
};

// Replaces what `context` covers by `version`, whose dot is new, and answers with the
// context of who has put it: `context` and that dot. A request whose id the state knows
// is not stored again; its answer is that of the first time.
//
// `horizon` is, for each actor that is known, the largest seq that it can have given out
// by now (admission.hpp); for the actor of the new dot, the last that it did give out.
//
// Errors, all of which leave the state as it was: Errc::conflict at a limit, for a
// context that cannot be, and for a dot that is not above all of its actor's in state and
// context; Errc::too_large for a value over its limit.
[[nodiscard]] Result<History> put(KeyState& state, Version version,
                                  const History& context, const VersionVector& horizon,
                                  const SiblingLimits& limits = {});

// Removes what `context` covers, and remembers that it did; siblings that the context
// does not cover stay. Nothing is removed for a request whose id the state knows: what it
// was to remove is gone, and what came since it never saw. `as` has a number of its own
// for that, which names no version and takes no room in the history. Answers with what
// its client has seen, as put() does. Errc::conflict for a context that cannot be.
[[nodiscard]] Result<History> remove(KeyState& state, const History& context,
                                     const VersionVector& horizon,
                                     const RecentRequest& as = {});

// What either replica holds and the other has not seen replaced: commutative,
// associative, idempotent.
[[nodiscard]] KeyState merge_siblings(const KeyState& mine, const KeyState& theirs);

// Drops the second versions of requests whose first one was replaced, while it is known
// which those are. Not where one maker made both: it lost the first in a power cut, and
// that one counts as seen since, though nothing replaced it. No part of merging, as what
// is remembered depends on the order.
void drop_repetitions(KeyState& state);

}  // namespace kv
