// The consistency that requests of tests ask for.
#pragma once

#include "v4_replicated_kv/replication/quorum.hpp"

namespace kv {

inline constexpr Consistency kOne{.level = Level::one};
inline constexpr Consistency kAll{.level = Level::all};
inline constexpr Consistency kLinearizable{.level = Level::linearizable};

}  // namespace kv
