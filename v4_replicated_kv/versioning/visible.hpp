// What a reader sees of a key's state.
//
// Idea      states keep more than readers should see: tombstones, values whose time is
//           over, and the second copy of a put that was sent twice. They are filtered out
//           here, at the end, and not in merges, so that merging stays free of clocks and
//           of order.
// Breaks if  what is hidden is left out of the context too: the reader's next put would
//            leave
//           it behind. The context of an answer is all of KeyState::seen.
#pragma once

#include <vector>

#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// The values to answer with at `now`, by dot; they live as long as the state does. Of
// several siblings that one request made, at most the first: none where one of them was
// replaced.
[[nodiscard]] std::vector<const Version*> visible(const KeyState& state, WallMs now);

}  // namespace kv
