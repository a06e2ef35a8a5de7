// The finaliser: spreads every input bit over all 64 output bits.
//
// Why     labels such as `node_1#17` differ in a few low bits, and a weak hash leaves
//         them close together on the ring: raw FNV-1a labels give a load spread of
//         about 50 % where 8 % is possible. Two multiplications mend that.
// Source  fmix64 of MurmurHash3 (Austin Appleby, public domain).
#pragma once

#include <cstdint>

namespace kv {

// A bijection: no two inputs share an output, so nothing collides that did not before.
[[nodiscard]] constexpr std::uint64_t finalise(std::uint64_t bits) {
  bits ^= bits >> 33;
  bits *= 0xFF51AFD7ED558CCD;
  bits ^= bits >> 33;
  bits *= 0xC4CEB9FE1A85EC53;
  bits ^= bits >> 33;
  return bits;
}

}  // namespace kv
