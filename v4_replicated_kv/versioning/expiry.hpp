// Values that are over at a given time, without a timer and without a write.
//
// Idea      the coordinator writes down when the value is over. Readers compare that with
//           the time they are handed; nothing has to happen at the moment itself.
// Why       a replica that deletes by its own clock writes something that others must be
//           told about, and each would write it differently. What is left of an expired
//           version here depends on the version alone: the same bytes everywhere.
// Breaks if  expiry orders writes. It never does: a value that is over still beats older
//            ones.
// Left out  precision: a value may be seen longer, or shorter, by as much as the clocks
//           of two nodes differ. Refreshing without a put. Who removes, when: storage's
//           matter.
#pragma once

#include <cstdint>

#include "common/base/result.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// A hundred years of 365 days, in milliseconds: more is a mistake, or an overflow.
inline constexpr std::uint64_t kTtlMsMax = std::uint64_t{100} * 365 * 24 * 3600 * 1000;

// When a value put at `now` with a time to live of `ttl_ms` is over. Errc::bad_usage
// unless it is 1 to kTtlMsMax, and where the sum is no time.
[[nodiscard]] Result<WallMs> expiry_after(WallMs now, std::uint64_t ttl_ms);

[[nodiscard]] bool is_over(const Version& version, WallMs now);

// What is left of a version whose time is over: its name and place, and that it expired.
[[nodiscard]] Version expired(const Version& version);

// Takes the values out of a state whose time was over at `now`. Of a register's version
// the expired form stays, until it is reaped like a tombstone; of siblings nothing but
// the history, which says that they were there. Returns whether anything changed. Pass a
// time some minutes back, so that a fast clock alone removes nothing.
bool remove_expired(Policy policy, KeyState& state, WallMs now);

}  // namespace kv
