// What goes wrong: the network, and nodes with their clocks and disks.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/script/words.hpp"

namespace kv {

// What follows `partition`, `cut`, `one-way`, `mend`, `drop`, `delay`, `duplicate` or
// `weather`.
[[nodiscard]] Result<Statement> parse_network_fault(std::string_view word, Words& words,
                                                    const WorldRules& world);

// What follows a word that is about one node: `crash`, `clock`, `fill`, ...
[[nodiscard]] Result<Statement> parse_node_fault(std::string_view word, Words& words,
                                                 const WorldRules& world);

}  // namespace kv
