// How much of a batch runs at once, at any door.
#pragma once

#include <cstddef>

namespace kv {

// A write takes one share of the node, and a read, of whose value nobody knows how long it is,
// so many. They are what a batch may have at once.
inline constexpr std::size_t kBatchShares = 64;
inline constexpr std::size_t kSharesOfRead = 4;

[[nodiscard]] constexpr std::size_t shares_of(bool is_read) {
  return is_read ? kSharesOfRead : 1;
}

}  // namespace kv
