// The steps of a run: those that were typed, or those that a program plays by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/flags.hpp"
#include "common/experiment/scenario.hpp"

namespace kv {

// bad_usage for one that cannot be read, or that the program has no answer for. Whether it can
// be played is plan()'s to say.
[[nodiscard]] Result<std::vector<Step>> parse_steps(const Program& program,
                                                    const std::vector<std::string>& typed,
                                                    const std::vector<Node>& nodes,
                                                    std::uint64_t replicas);

}  // namespace kv
