// From text to a script.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"

namespace kv {

// Errc::bad_input, as "NAME:LINE: WORD: what is wrong with it", for the first line that
// is no statement, and for a text over the limits of script.hpp. `name` is what the text
// is called.
[[nodiscard]] Result<Script> parse_script(std::string_view text, const std::string& name);

}  // namespace kv
