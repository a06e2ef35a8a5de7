#include "v4_replicated_kv/versioning/visible.hpp"

#include <algorithm>

#include "v4_replicated_kv/versioning/expiry.hpp"

namespace kv {

namespace {

// Whether another version of the same request came before it, or was replaced.
bool is_repeated(const KeyState& state, const Version& version) {
  // A register has one version, whichever try made it: without it there would be nothing.
  const bool is_register = state.seen.empty();
  if (is_register || version.request == RequestId{0}) return false;
  // Both may be held for longer than the request is remembered.
  const bool is_second = std::ranges::any_of(state.versions, [&](const Version& other) {
    return other.request == version.request && other.at < version.at;
  });
  if (is_second) return true;
  return std::ranges::any_of(state.recent.entries(), [&](const RecentRequest& other) {
    if (other.id != version.request || other.at == version.at) return false;
    // A maker that made both had lost the first; nothing replaced that.
    const bool was_lost = other.at.dot.actor == version.dot().actor;
    if (was_lost) return state.holds(other.at.dot) && other.at < version.at;
    return other.at < version.at || !state.holds(other.at.dot);
  });
}

}  // namespace

std::vector<const Version*> visible(const KeyState& state, WallMs now) {
  std::vector<const Version*> shown;
  for (const Version& version : state.versions) {
    const bool hidden = version.kind != Kind::value || is_over(version, now) ||
                        is_repeated(state, version);
    if (!hidden) shown.push_back(&version);
  }
  return shown;
}

}  // namespace kv
