#include "v4_replicated_kv/versioning/register.hpp"

#include <algorithm>

namespace kv {

namespace {

bool was_taken(const KeyState& state, const Version& offered) {
  const RecentRequest as_request{.at = offered.at, .id = offered.request};
  return state.holds(offered.dot()) ||
         std::ranges::find(state.recent.entries(), as_request) !=
             state.recent.entries().end();
}

// Which of two versions a register keeps. Of one version in two forms, the expired one.
bool beats(const Version& challenger, const Version& held) {
  if (challenger.at != held.at) return challenger.at > held.at;
  return challenger.kind == Kind::expired && held.kind != Kind::expired;
}

}  // namespace

OfferVerdict offer(KeyState& state, const Version& offered, const Floors& floors) {
  if (was_taken(state, offered)) return {.accepted = true};
  std::uint64_t above = floors.counter;
  bool refused = offered.at.counter <= floors.counter;
  for (const Version& held : state.versions) {
    above = std::max(above, held.at.counter);
    refused = refused || offered.at < held.at;
  }
  if (refused) return {.accepted = false, .above = above};
  state.versions.assign(1, offered);
  state.recent.add({.at = offered.at, .id = offered.request});
  return {.accepted = true};
}

KeyState merge_register(const KeyState& mine, const KeyState& theirs) {
  KeyState merged = mine;
  merged.recent.join(theirs.recent);
  for (const Version& version : theirs.versions) {
    if (merged.versions.empty() || beats(version, merged.versions.front())) {
      merged.versions.assign(1, version);
    }
  }
  return merged;
}

}  // namespace kv
