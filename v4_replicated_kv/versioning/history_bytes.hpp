// A history as bytes: part of stored states, and of contexts.
//
//   0         4                        +4
//   +---------+------------------------+---------+------------------------+
//   | entries | actor, seq  of each    | dots    | actor, seq  of each    |
//   +---------+------------------------+---------+------------------------+
//     u32       u64, u64, by actor       u32       u64, u64, by actor, seq
//
// Little-endian. One history has one spelling: order is strict, no seq is 0 or above
// kSeqMax, no actor is 0, and no dot is covered by the vector.
#pragma once

#include <optional>
#include <string>

#include "common/base/bytes.hpp"
#include "v4_replicated_kv/versioning/history.hpp"

namespace kv {

void append_history(std::string& out, const History& history);

// The next history; nothing if that is not what follows. Counts are compared with what is
// left before anything is allocated for them.
[[nodiscard]] std::optional<History> read_history(ByteReader& reader);

// A dot, and whether it can be one.
void append_dot(std::string& out, const Dot& dot);
[[nodiscard]] std::optional<Dot> read_dot(ByteReader& reader);

}  // namespace kv
