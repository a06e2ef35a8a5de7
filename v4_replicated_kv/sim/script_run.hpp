// One script, played: its trace, and what did not come as expected.
#pragma once

#include "common/base/result.hpp"
#include "v4_replicated_kv/sim/words.hpp"

namespace kv {

// Prints it; answers the exit status. Errc::not_found, io or bad_usage where the script
// cannot be read, or is none.
[[nodiscard]] Result<int> run_script(const SimWords& words);

}  // namespace kv
