// What somebody expects to come.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/script/words.hpp"

namespace kv {

// What follows `expect`:
//   [CLIENT] ok [VALUE...]     [CLIENT] nothing | refused | unknown | silence
//   NODE holds KEY=VALUE...    NODE lacks KEY      promises
[[nodiscard]] Result<Statement> parse_expect(std::string_view word, Words& words,
                                             const WorldRules& world);

}  // namespace kv
