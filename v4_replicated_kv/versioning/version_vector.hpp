// How far the writes of each actor have been seen.
//
// Idea      one number an actor instead of all its dots: (A, 7) stands for every dot that
//           A gave to this key up to 7.
// Why       a key's owners are few, so the vector stays short however many clients write.
// Breaks if  it is raised to a dot while an earlier one of that actor, on the same key,
//            was
//           not seen: that one would count as seen, and vanish. history.hpp keeps such
//           dots apart.
// Left out  pruning. Entries of disk lives long gone stay; dropping one would bring back
//           values that were overwritten.
// Source    Parker and others, "Detection of Mutual Inconsistency in Distributed
//           Systems", IEEE Transactions on Software Engineering 9(3), 1983, section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "v4_replicated_kv/types.hpp"

namespace kv {

// A flat vector, sorted by actor; an actor that is not in it is at 0. Equal vectors have
// equal entries. Not thread-safe.
class VersionVector {
 public:
  // The largest seq of `actor` that counts as seen; 0 if none does.
  [[nodiscard]] std::uint64_t at(ActorId actor) const;

  [[nodiscard]] bool covers(const Dot& dot) const { return dot.seq <= at(dot.actor); }

  // Counts all dots of dot.actor up to dot.seq as seen. Never lowers an entry.
  void raise(const Dot& dot);

  // Takes the larger entry of each actor: commutative, associative, idempotent.
  void join(const VersionVector& other);

  // An entry an actor, by actor: its last dot that counts as seen.
  [[nodiscard]] std::span<const Dot> entries() const { return entries_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  friend bool operator==(const VersionVector&, const VersionVector&) = default;

 private:
  std::vector<Dot> entries_;
};

}  // namespace kv
