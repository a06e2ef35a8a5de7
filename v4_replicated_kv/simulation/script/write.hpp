// A script as text that reads as the same script.
#pragma once

#include <string>

#include "v4_replicated_kv/simulation/script/script.hpp"

namespace kv {

[[nodiscard]] std::string script_text(const Script& script);

}  // namespace kv
