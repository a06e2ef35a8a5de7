// No two versions share a name, not even across a power cut.
//
// Idea      an actor is one life of one disk. It numbers its versions 1, 2, 3, ..., but
//           only up to a reservation that it made durable before. After a crash it goes
//           on behind the reservation, whatever it may have given out of it.
// Why       a node sends (A, 7) to a peer and loses power before its own disk has it.
//           Back again it believes that 6 was the last. Its next version would be (A, 7)
//           as well, with another value, and for the peers the two would be one.
// Breaks if  numbers are counted from what the disk holds, or from each key's own
//            history.
// Breaks if  an actor id outlives its disk: a copied or restored disk holds an old
//           reservation. Who finds that peers know more than it does mints a new id.
// Left out  making it durable, and comparing with peers: this only says when it must be.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

// How many numbers a reservation adds at first, and at most: with as many as this life has
// given out already it grows. Who writes 400,000 versions a second would otherwise run out of
// them while the disk is busy. A crash wastes at most so many, of 2^62.
inline constexpr std::uint64_t kReservationBlock = std::uint64_t{1} << 16;
inline constexpr std::uint64_t kReservationMost = std::uint64_t{1} << 24;

// A new actor for a new disk life, never 0 nor the largest number. `chance` must be
// seeded from the machine's own randomness, or two machines mint one id.
[[nodiscard]] ActorId mint_actor(Rng& chance);

// Gives out the dots of one actor, each once. Not thread-safe.
class DotSource {
 public:
  // `reserved_to` is the last reservation that the disk holds; 0 for a new actor.
  DotSource(ActorId actor, std::uint64_t reserved_to);

  // The next dot, with a seq above `above` too (what the key's history knows of this
  // actor). None if that takes a reservation first: make wanted(above) durable, then call
  // extend.
  [[nodiscard]] std::optional<Dot> next(std::uint64_t above = 0);

  // What to make durable next, as the end of the reservation.
  [[nodiscard]] std::uint64_t wanted(std::uint64_t above = 0) const;

  // The reservation up to `reserved_to` is durable now.
  void extend(std::uint64_t reserved_to);

  // Whether it is time to ask for the next reservation, so that nobody has to wait for
  // it.
  [[nodiscard]] bool runs_low() const;

  [[nodiscard]] ActorId actor() const { return actor_; }

  // The last seq that was given out, or may have been before the start.
  [[nodiscard]] std::uint64_t issued() const { return issued_; }

  [[nodiscard]] std::uint64_t reserved_to() const { return reserved_to_; }

 private:
  [[nodiscard]] std::uint64_t block() const;

  ActorId actor_;
  std::uint64_t start_;
  std::uint64_t issued_;
  std::uint64_t reserved_to_;
};

}  // namespace kv
