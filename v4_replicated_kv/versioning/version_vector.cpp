#include "v4_replicated_kv/versioning/version_vector.hpp"

#include <algorithm>
#include <utility>

namespace kv {

std::uint64_t VersionVector::at(ActorId actor) const {
  const auto entry = std::ranges::lower_bound(entries_, actor, {}, &Dot::actor);
  return entry != entries_.end() && entry->actor == actor ? entry->seq : 0;
}

void VersionVector::raise(const Dot& dot) {
  if (dot.seq == 0) return;
  const auto entry = std::ranges::lower_bound(entries_, dot.actor, {}, &Dot::actor);
  if (entry == entries_.end() || entry->actor != dot.actor) {
    entries_.insert(entry, dot);
  } else {
    entry->seq = std::max(entry->seq, dot.seq);
  }
}

void VersionVector::join(const VersionVector& other) {
  std::vector<Dot> joined;
  joined.reserve(entries_.size() + other.entries_.size());
  auto mine = entries_.cbegin();
  auto theirs = other.entries_.cbegin();
  while (mine != entries_.cend() || theirs != other.entries_.cend()) {
    const bool mine_first = theirs == other.entries_.cend() ||
                            (mine != entries_.cend() && mine->actor <= theirs->actor);
    const Dot& next = mine_first ? *mine++ : *theirs++;
    if (!joined.empty() && joined.back().actor == next.actor) {
      joined.back().seq = std::max(joined.back().seq, next.seq);
    } else {
      joined.push_back(next);
    }
  }
  entries_ = std::move(joined);
}

}  // namespace kv
