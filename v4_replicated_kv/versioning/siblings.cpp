#include "v4_replicated_kv/versioning/siblings.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/versioning/admission.hpp"

namespace kv {

namespace {

// Whether there is room for one version more once `context` has replaced what it covers.
Result<void> check_room(const KeyState& state, const Version& version,
                        const History& context, const SiblingLimits& limits) {
  if (version.value.size() > kValueBytesMax) {
    return fail(Errc::too_large,
                fmt::format("a value has at most {} bytes", kValueBytesMax));
  }
  std::size_t siblings = 1;
  std::size_t bytes = version.value.size();
  for (const Version& held : state.versions) {
    if (context.covers(held.dot())) continue;
    ++siblings;
    bytes += held.value.size();
  }
  constexpr std::string_view kWhatToDo =
      "read, merge, and put with the context of that read";
  if (siblings > limits.siblings) {
    return fail(Errc::conflict,
                fmt::format("the key would have {} siblings, and may have "
                            "{} here: {}",
                            siblings, limits.siblings, kWhatToDo));
  }
  if (bytes > limits.value_bytes) {
    return fail(Errc::conflict, fmt::format("the key's siblings would have {} bytes, and "
                                            "may have {}: {}",
                                            bytes, limits.value_bytes, kWhatToDo));
  }
  return {};
}

// A history that is to be stored or sent.
Result<void> check_size(const History& history) {
  if (history.size() <= kHistoryEntriesMax) return {};
  return fail(Errc::conflict, "the key's history is full");
}

// Two makers may each have made a version of one request. Who has seen one of them has
// seen what the request wrote, so the other is replaced as well.
History with_repetitions(const History& context, const KeyState& state) {
  History all = context;
  for (const Version& version : state.versions) {
    const bool is_seen =
        std::ranges::any_of(state.recent.entries(), [&](const RecentRequest& other) {
          return other.id == version.request && context.covers(other.at.dot) &&
                 other.at.dot.actor != version.dot().actor;
        });
    if (is_seen) all.add(version.dot());
  }
  return all;
}

void discard(KeyState& state, const History& context) {
  std::erase_if(state.versions,
                [&](const Version& held) { return context.covers(held.dot()); });
}

// Whether `dot` is new to `held` and `context`, and to all that they know of its actor.
bool is_new(const Dot& dot, const History& held, const History& context) {
  const auto below = [&](const Dot& other) {
    return other.actor != dot.actor || other.seq < dot.seq;
  };
  return std::ranges::all_of(held.dots(), below) &&
         std::ranges::all_of(context.dots(), below) && !held.vector().covers(dot) &&
         !context.vector().covers(dot);
}

}  // namespace

Result<History> put(KeyState& state, Version version, const History& said,
                    const VersionVector& horizon, const SiblingLimits& limits) {
  if (auto fine = admit(said, state.seen, horizon); !fine) {
    return std::unexpected(fine.error());
  }
  const History context = with_repetitions(said, state);
  History answer = context;
  if (const auto known = state.recent.find(version.request)) {
    answer.add(known->dot);
    return answer;
  }
  if (auto room = check_room(state, version, context, limits); !room) {
    return std::unexpected(room.error());
  }
  const Dot dot = version.dot();
  if (!is_new(dot, state.seen, context)) {
    return fail(Errc::conflict, "the version's number was used: take one above");
  }
  History seen = state.seen;
  seen.join(context);
  seen.raise(dot);
  answer.add(dot);
  for (const History* const history : {&seen, &answer}) {
    if (auto fits = check_size(*history); !fits) return std::unexpected(fits.error());
  }
  discard(state, context);
  state.seen = std::move(seen);
  state.recent.add({.at = version.at, .id = version.request});
  const auto place = std::ranges::lower_bound(state.versions, dot, {}, &Version::dot);
  state.versions.insert(place, std::move(version));
  return answer;
}

Result<History> remove(KeyState& state, const History& said, const VersionVector& horizon,
                       const RecentRequest& as) {
  if (auto fine = admit(said, state.seen, horizon); !fine) {
    return std::unexpected(fine.error());
  }
  if (state.recent.find(as.id)) return said;
  const History context = with_repetitions(said, state);
  History seen = state.seen;
  seen.join(context);
  if (auto fits = check_size(seen); !fits) return std::unexpected(fits.error());
  discard(state, context);
  state.seen = std::move(seen);
  state.recent.add(as);
  return said;
}

KeyState merge_siblings(const KeyState& mine, const KeyState& theirs) {
  KeyState merged{.seen = mine.seen, .versions = {}, .recent = mine.recent};
  merged.seen.join(theirs.seen);
  merged.recent.join(theirs.recent);
  for (const Version& version : mine.versions) {
    const bool replaced =
        theirs.seen.covers(version.dot()) && !theirs.holds(version.dot());
    if (!replaced) merged.versions.push_back(version);
  }
  for (const Version& version : theirs.versions) {
    if (!mine.seen.covers(version.dot())) merged.versions.push_back(version);
  }
  std::ranges::sort(merged.versions, {}, &Version::dot);
  return merged;
}

void drop_repetitions(KeyState& state) {
  std::erase_if(state.versions, [&](const Version& version) {
    return std::ranges::any_of(state.recent.entries(), [&](const RecentRequest& first) {
      return first.id == version.request && first.at.dot.actor != version.dot().actor &&
             state.seen.covers(first.at.dot) && !state.holds(first.at.dot);
    });
  });
}

}  // namespace kv
