// A ring state as bytes: to keep on disk, and to send to those who did not compute it.
//
//   0        4        8          16       17       18       19       20         24
//   +--------+--------+----------+--------+--------+--------+--------+----------+---- - -
//   | "KVR1" | crc32c | epoch    | policy | copies | log2 Q | 0      | next id  | members
//   +--------+--------+----------+--------+--------+--------+--------+----------+---- - -
//
//   members   how many (4), then each: id (4), weight (8, as IEEE 754 has it), length of
//             the name (1) and the name, length of the zone (1) and the zone
//   rows      Q times N ids (2 each), to the end
//
// Numbers are little-endian. The checksum covers everything after itself, so a length is
// believed only in bytes that arrived as they were sent; and only up to its limit, as
// somebody may send nonsense with a good checksum.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"

namespace kv {

// One state has one encoding.
[[nodiscard]] std::string encode(const RingState& state);

// corrupt, with what is wrong, unless the bytes are what encode() makes of a state: right
// to the last byte, with members that check_members accepts and rows of different
// members.
[[nodiscard]] Result<RingState> decode_ring(std::string_view bytes);

}  // namespace kv
