#include "v4_replicated_kv/versioning/merge.hpp"

#include <algorithm>

#include "v4_replicated_kv/versioning/register.hpp"
#include "v4_replicated_kv/versioning/siblings.hpp"

namespace kv {

namespace {

bool is_below(Policy policy, const Timestamp& at, const Floors& floors) {
  if (policy == Policy::siblings) return floors.reaped_dots.covers(at.dot);
  return at.counter <= floors.reaped_counter;
}

}  // namespace

KeyState merge(Policy policy, const KeyState& mine, const KeyState& theirs) {
  return policy == Policy::siblings ? merge_siblings(mine, theirs)
                                    : merge_register(mine, theirs);
}

KeyState receive(Policy policy, const KeyState& mine, KeyState theirs,
                 const Floors& floors) {
  std::erase_if(theirs.versions, [&](const Version& version) {
    return is_below(policy, version.at, floors) && !mine.holds(version.dot());
  });
  KeyState merged = merge(policy, mine, theirs);
  if (policy == Policy::siblings) drop_repetitions(merged);
  return merged;
}

bool is_reapable(Policy policy, const KeyState& state, const Floors& floors) {
  const auto is_over = [&](const Version& version) {
    return version.kind != Kind::value && is_below(policy, version.at, floors);
  };
  const auto below = [&](const Dot& dot) { return floors.reaped_dots.covers(dot); };
  return std::ranges::all_of(state.versions, is_over) &&
         std::ranges::all_of(state.seen.vector().entries(), below) &&
         std::ranges::all_of(state.seen.dots(), below);
}

}  // namespace kv
