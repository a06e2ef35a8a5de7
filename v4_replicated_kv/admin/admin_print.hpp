// A node's answers, as a person reads them.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace kv {

// Each takes what a node answered, in JSON. Errc::bad_input where that is not what a node of
// this store answers.
[[nodiscard]] Result<std::string> nodes_text(std::string_view answer);
[[nodiscard]] Result<std::string> ring_text(std::string_view answer);
[[nodiscard]] Result<std::string> owners_text(std::string_view answer);
[[nodiscard]] Result<std::string> stats_text(std::string_view answer);

}  // namespace kv
