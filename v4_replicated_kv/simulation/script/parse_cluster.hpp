// The line that a script begins with.
#pragma once

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/script/words.hpp"

namespace kv {

// What follows `cluster`, into `script.world` and `script.seed`.
[[nodiscard]] Result<void> parse_cluster(Words& words, Script& script);

// What follows `weather`: its options, over `calm`.
[[nodiscard]] Result<Weather> parse_weather(Words& words, const Weather& calm);

}  // namespace kv
