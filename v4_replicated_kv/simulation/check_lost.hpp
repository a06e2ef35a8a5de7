// Is everything still there that was acknowledged?
//
// Idea      when all faults are over and the copies agree, look once more. A register
//           must hold a value that can have been the last: of concurrent writes any one,
//           but none that was replaced. Of siblings all must be there that nobody
//           replaced.
// Breaks if only what was acknowledged is allowed at the end: a write of unknown outcome
// may
//           have taken effect last. One that was refused may not.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "v4_replicated_kv/simulation/client_history.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// What a key's owners agree on in the end.
struct FinalState {
  KeyNumber key{};
  std::vector<WriteId> values;  // as a read would see them: ClientOperation::seen
};

// Keys of the history that are not in `finals` count as gone.
[[nodiscard]] std::optional<Violation> check_lost(
    const ClientHistory& history, std::span<const FinalState> finals,
    Policy policy = Policy::last_write_wins);

}  // namespace kv
