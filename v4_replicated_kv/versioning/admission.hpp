// Contexts come from clients, and clients may say anything.
//
// Idea      a context may name only what can have been written. An actor reserves numbers
//           before it gives them out, and tells its peers how far; nobody can honestly
//           have seen a number beyond.
// Why       a context is joined into the key's history. One with a number near the end of
//           all numbers would make every later version of that actor look replaced before
//           it was written, and its next number would be the last.
// Left out  signatures. Who may write a key may erase it, with or without a forged
//           context. What a forged one can add: versions that the named actor gives to
//           that key within its current reservation may be erased too. Each such request
//           moves an actor's numbers by two blocks at most; it takes 2^45 to move them to
//           the end.
#pragma once

#include <cstdint>

#include "common/base/result.hpp"
#include "v4_replicated_kv/versioning/history.hpp"

namespace kv {

// The largest seq to believe of a peer that said it has reserved up to `heard`: a block
// beyond, as it may have reserved another since.
[[nodiscard]] std::uint64_t plausible_to(std::uint64_t heard);

// Refuses, with Errc::conflict, a context that names what neither the key's history nor
// `horizon` vouches for. `horizon` has the largest believable seq of each known actor:
// plausible_to for peers, the last number given out for oneself. An honest client meets a
// refusal where the coordinator has not heard of a new actor yet; after it has read the
// key's state from its peers, the history vouches.
[[nodiscard]] Result<void> admit(const History& context, const History& held,
                                 const VersionVector& horizon);

}  // namespace kv
