// What every program does around its work: signals, the last net, the status.
#pragma once

#include <functional>
#include <string_view>

#include "common/base/result.hpp"

namespace kv {

// The status that it answers; or that of its error, of memory that is used up (with this
// sentence), or of a fault of ours, after one line on standard error.
[[nodiscard]] int exit_status_of(std::string_view program,
                                 const std::function<Result<int>()>& run,
                                 std::string_view out_of_memory = "out of memory");

}  // namespace kv
