// How long a test waits for what other threads do.
#pragma once

#include <chrono>

namespace kv::test {

// As long as anything may take on a machine that is busy with something else.
inline constexpr std::chrono::seconds kPatience{60};

}  // namespace kv::test
