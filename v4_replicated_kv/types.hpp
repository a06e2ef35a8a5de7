// The vocabulary of chapter 4: names for what its rooms hand to each other.
//
// Left out  behaviour. How versions compare is versioning's lesson, where copies go is
//           placement's.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "common/base/strong.hpp"

namespace kv {

// One life of one disk: minted at random when a data directory is made, and again when
// its content was lost or rolled back, never reused.
using ActorId = Strong<struct ActorIdTag>;

// A cluster's name: minted at random when it is founded, and never again.
using ClusterId = Strong<struct ClusterIdTag>;

// A slice of the hash space: 0 to Q - 1, the key's top hash bits.
using PartitionId = Strong<struct PartitionIdTag, std::uint32_t>;

// A state of the membership: 1, 2, 3, ...
using Epoch = Strong<struct EpochTag>;

// Milliseconds since 1970, as a wall clock says them: for expiry only, never to order
// writes. 0 stands for never.
using WallMs = Strong<struct WallMsTag>;

// A moment or a span in microseconds, of a clock that never goes back: a machine's, or
// the simulator's own. Moments of two nodes have nothing to do with each other.
using Tick = Strong<struct TickTag>;

[[nodiscard]] constexpr Tick operator+(Tick left, Tick right) {
  return Tick{left.raw() + right.raw()};
}

// The name of one version: the seq-th that this disk life wrote. No two versions share
// one.
struct Dot {
  ActorId actor{};
  std::uint64_t seq = 0;
  friend auto operator<=>(const Dot&, const Dot&) = default;
};

// Orders the versions of a register: the larger counter wins, and dots break ties, so
// that all replicas choose alike. Counters are what replicas have seen and checked, not
// time.
struct Timestamp {
  std::uint64_t counter = 0;
  Dot dot{};
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

// What becomes of two values of one key that were written at once. It decides what a
// replica may drop, so it belongs to the cluster, or the keys under a prefix, and never
// to a request: replicas that merge by different rules do not agree.
enum class Policy : std::uint8_t {
  last_write_wins,  // the later timestamp stays (versioning/register.hpp)
  siblings,         // both stay until a client says (versioning/siblings.hpp)
};

// What a key and a value may be: any bytes, from 1 (a value: 0) to so many.
inline constexpr std::size_t kKeyBytesMax = 4096;
inline constexpr std::size_t kValueBytesMax = std::size_t{16} << 20;

}  // namespace kv
