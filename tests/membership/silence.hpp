// What the tests of silence say alike: who is watched, and milliseconds.
#pragma once

#include <cstdint>

#include "v4_replicated_kv/types.hpp"

namespace kv::test {

inline constexpr NodeId kPeer{2};
inline constexpr std::uint64_t kMs = 1000;  // ticks

inline Tick ms(std::uint64_t count) {
  return Tick{count * kMs};
}

}  // namespace kv::test
