// What is too much for a machine or an algorithm, told before anything runs.
//
// All fail with Errc::bad_usage and name the flag that brought it about.
#pragma once

#include "common/base/result.hpp"
#include "common/command_line/flags.hpp"
#include "common/command_line/options.hpp"

namespace kv {

// More tokens than a machine should hold, in any state of the cluster.
[[nodiscard]] Result<void> check_tokens(const Program& program, const Typed& typed,
                                        const Options& options);

// More nodes than the chosen algorithm takes.
[[nodiscard]] Result<void> check_nodes(const Options& options);

// No id left for the node that a survey lets join and leave.
[[nodiscard]] Result<void> check_guest(const Options& options);

}  // namespace kv
