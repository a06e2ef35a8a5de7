// Replicas of a few keys, in one process and without a network, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/versioning/admission.hpp"
#include "v4_replicated_kv/versioning/expiry.hpp"
#include "v4_replicated_kv/versioning/identity.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"
#include "v4_replicated_kv/versioning/merge.hpp"
#include "v4_replicated_kv/versioning/register.hpp"
#include "v4_replicated_kv/versioning/siblings.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

struct Holder {
  DotSource source;
  std::vector<KeyState> keys;
};

// Actors 1, 2, 3, ..., with a reservation each.
inline std::vector<Holder> make_replicas(std::size_t count, std::size_t keys) {
  std::vector<Holder> replicas;
  for (std::size_t i = 1; i <= count; ++i) {
    replicas.push_back({.source = DotSource(ActorId{i}, 0), .keys = {}});
    replicas.back().source.extend(kReservationBlock);
    replicas.back().keys.resize(keys);
  }
  return replicas;
}

// What replica `self` can vouch for.
inline VersionVector horizon_of(const std::vector<Holder>& replicas, std::size_t self) {
  VersionVector horizon;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const DotSource& source = replicas[i].source;
    const std::uint64_t to =
        i == self ? source.issued() : plausible_to(source.reserved_to());
    horizon.raise({.actor = source.actor(), .seq = to});
  }
  return horizon;
}

// A new version for a state, with the next dot and counter.
inline Version make_version(DotSource& source, const KeyState& state, std::string value) {
  const Dot dot = source.next(state.seen.vector().at(source.actor())).value();
  return {.at = {.counter = next_counter(state, {}).value(), .dot = dot},
          .value = std::move(value)};
}

inline std::vector<Dot> visible_dots(const KeyState& state, WallMs now = {}) {
  std::vector<Dot> dots;
  for (const Version* version : visible(state, now)) dots.push_back(version->dot());
  return dots;
}

inline std::vector<std::string> visible_values(const KeyState& state, WallMs now = {}) {
  std::vector<std::string> values;
  for (const Version* version : visible(state, now)) values.push_back(version->value);
  return values;
}

// Every state that a random history passes through: puts with stale contexts, deletes,
// merges, values that expire.
inline std::vector<KeyState> random_states(Policy policy, std::uint64_t seed) {
  Rng rng(seed);
  auto replicas = make_replicas(3, 1);
  std::vector<KeyState> states{KeyState{}};
  std::vector<History> contexts{History{}};
  for (int step = 0; step < 40; ++step) {
    const std::size_t self = rng.below(replicas.size());
    KeyState& state = replicas[self].keys[0];
    const History& context = contexts[rng.below(contexts.size())];
    const std::uint64_t kind = rng.below(10);
    if (kind < 5) {
      Version version =
          make_version(replicas[self].source, state, std::to_string(rng.below(100)));
      version.request = RequestId{rng.below(20)};
      if (rng.below(4) == 0) version.expires = WallMs{1 + rng.below(10)};
      if (policy == Policy::siblings) {
        if (auto answer = put(state, version, context, horizon_of(replicas, self))) {
          contexts.push_back(*answer);
        }
      } else {
        if (rng.below(4) == 0) {
          version = {.at = version.at, .kind = Kind::tombstone};
        }
        static_cast<void>(offer(state, version, {}));
      }
    } else if (kind == 5 && policy == Policy::siblings) {
      static_cast<void>(remove(state, context, horizon_of(replicas, self)));
    } else if (kind == 6) {
      remove_expired(policy, state, WallMs{rng.below(12)});
    } else {
      state = merge(policy, state, states[rng.below(states.size())]);
      contexts.push_back(state.seen);
    }
    states.push_back(state);
  }
  return states;
}

}  // namespace kv
