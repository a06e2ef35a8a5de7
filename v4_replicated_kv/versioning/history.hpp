// Which versions of one key have been seen: a vector, and single dots beyond it.
//
// Idea      who has put a version has seen what the put replaced, and the version itself,
//           but not what else the same actor wrote meanwhile. A vector cannot say "5, but
//           not 4". A vector and a dot can.
// Why       a replica keeps one (what it holds or knows to be obsolete); a client gets
//           one with every answer and hands it back with its next put: its context.
// Breaks if  the dots are folded into the vector to save bytes: the context of a put
//            would
//           cover siblings that its client never saw, and its next put would erase them.
//           They fold by themselves once the vector of somebody who saw all covers them.
// Left out  gaps that could be closed by counting. An actor's numbers run over all its
//           keys, so those of one key have gaps for good.
// Source    Almeida and others, DAIS 2014, sections 4 and 5.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "v4_replicated_kv/versioning/version_vector.hpp"

namespace kv {

// Equal histories have equal vectors and equal dots. Not thread-safe.
class History {
 public:
  [[nodiscard]] bool covers(const Dot& dot) const;

  // Counts `dot` as seen, and nothing else.
  void add(const Dot& dot);

  // Counts `dot` as seen, and all that its actor gave to this key before it.
  void raise(const Dot& dot);

  // What either has seen: commutative, associative, idempotent.
  void join(const History& other);

  [[nodiscard]] const VersionVector& vector() const { return vector_; }

  // By actor and seq; none is covered by the vector.
  [[nodiscard]] std::span<const Dot> dots() const { return dots_; }

  // Entries of the vector and dots, together.
  [[nodiscard]] std::size_t size() const { return vector_.size() + dots_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

  friend bool operator==(const History&, const History&) = default;

 private:
  void fold();

  VersionVector vector_;
  std::vector<Dot> dots_;
};

// How many entries a history may have where it is stored or sent.
inline constexpr std::size_t kHistoryEntriesMax = 1024;

}  // namespace kv
