// Numbers that remember what they count.
//
// Why     a node, a key's hash and a place on the ring are all integers; passing one
//         where another belongs must not compile.
#pragma once

#include <compare>
#include <cstdint>

namespace kv {

template <class Tag, class Rep = std::uint64_t>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Rep raw) : raw_(raw) {}
  [[nodiscard]] constexpr Rep raw() const { return raw_; }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Rep raw_{};
};

// A node of the cluster: 0, 1, 2, ... in the order in which names were first seen.
using NodeId = Strong<struct NodeIdTag, std::uint32_t>;

// All 64 bits of a key's hash.
using KeyHash = Strong<struct KeyHashTag>;

// A place on the ring: the top 48 bits of a 64-bit hash, 0 to 2^48 - 1, clockwise.
using Token = Strong<struct TokenTag>;

}  // namespace kv
