// Two replicas' states of one key become one, by the cluster's policy.
//
// Idea      merge() is mathematics: the same result in any order, however often, whoever
//           comes first. receive() is what a replica does with a state from outside: it
//           leaves out stragglers from before the floors, then merges.
// Breaks if  receive() is used while a partition is still being copied to this node: it
//            does
//           not hold yet what the floors say it has. Set the floors last.
#pragma once

#include "v4_replicated_kv/versioning/floors.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

[[nodiscard]] KeyState merge(Policy policy, const KeyState& mine, const KeyState& theirs);

// What the replica holds afterwards. A version of `theirs` that the floors say everybody
// has, and that `mine` does not hold, was replaced, deleted and forgotten: it does not
// come back.
[[nodiscard]] KeyState receive(Policy policy, const KeyState& mine, KeyState theirs,
                               const Floors& floors);

// Whether nothing but the memory of a delete is left, and all owners are in step up to
// it: such a state is dropped, and counts as absent at once, in digests too.
[[nodiscard]] bool is_reapable(Policy policy, const KeyState& state,
                               const Floors& floors);

}  // namespace kv
