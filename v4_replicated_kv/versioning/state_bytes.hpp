// A key's state as bytes: what is stored, sent, and compared.
//
//   0      1      2
//   +------+------+---------+-------+-----------------+-------+------------------+
//   | form |policy| history | count | versions by dot | count | recent requests  |
//   +------+------+---------+-------+-----------------+-------+------------------+
//     u8     u8               u32                       u8
//
//   version   version_bytes.hpp
//   request   actor, seq, counter, id (u64 each)
//
// Little-endian. A state has one spelling, in whatever order its parts arrived, so equal
// states have equal bytes and replicas compare 64 bits instead of values.
//
// Breaks if  a file's layout leaks in: replicas whose files differ hold the same state.
// Left out  a checksum: whoever stores or sends the bytes has one around them. The key:
//           whoever adds up digests of keys mixes its hash in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

[[nodiscard]] std::string state_bytes(Policy policy, const KeyState& state);
void append_state(std::string& out, Policy policy, const KeyState& state);

// The state that `bytes` stand for. Errc::corrupt for everything that state_bytes does
// not make, and for a state of another policy. Allocates in proportion to `bytes`,
// whatever counts and lengths they announce.
[[nodiscard]] Result<KeyState> parse_state(Policy policy, std::string_view bytes);

// Whether the state is one that its policy can have: versions in order, seen, within
// limits.
[[nodiscard]] bool is_sound(Policy policy, const KeyState& state);

// 64 bits of the state: equal for equal states. `seed` is the cluster's. XXH3 is no
// defence: who writes values can make two with one digest; a comparison that must resist
// that compares bytes.
[[nodiscard]] std::uint64_t digest(Policy policy, const KeyState& state,
                                   std::uint64_t seed = 0);

// The same of a state that is spelled out already. Never 0, which stands for no state.
[[nodiscard]] std::uint64_t digest_of_bytes(std::string_view bytes, std::uint64_t seed);

}  // namespace kv
