// All that a replica knows of one key.
//
// Idea      one shape for both policies, so that whoever stores, sends or compares states
//           need not know the policy. A register has at most one version and no history;
//           siblings have as many versions as nobody has replaced yet, and the history
//           that says so.
// Breaks if  only part of a state is sent on: a history without its versions says that
//            they
//           were overwritten.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/versioning/floors.hpp"
#include "v4_replicated_kv/versioning/history.hpp"
#include "v4_replicated_kv/versioning/recent_requests.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

struct KeyState {
  History seen;                   // siblings: the versions below, and what is obsolete
  std::vector<Version> versions;  // by dot
  RecentRequests recent;

  [[nodiscard]] bool holds(const Dot& dot) const {
    return std::ranges::binary_search(versions, dot, {}, &Version::dot);
  }

  // Whether there is nothing to store: what a replica holds of a key it never heard of.
  [[nodiscard]] bool empty() const {
    return seen.empty() && versions.empty() && recent.entries().empty();
  }

  friend bool operator==(const KeyState&, const KeyState&) = default;
};

// The length of its values together.
[[nodiscard]] inline std::size_t value_bytes(const KeyState& state) {
  std::size_t bytes = 0;
  for (const Version& version : state.versions) bytes += version.value.size();
  return bytes;
}

// The counter of a new version: above all that the state, the floors and `above` (what a
// replica that refused said) know of. Errc::conflict at the end of all counters, which no
// client can reach: contexts carry no counters.
[[nodiscard]] inline Result<std::uint64_t> next_counter(const KeyState& state,
                                                        const Floors& floors,
                                                        std::uint64_t above = 0) {
  std::uint64_t last = std::max(floors.counter, above);
  for (const Version& version : state.versions) last = std::max(last, version.at.counter);
  for (const RecentRequest& request : state.recent.entries()) {
    last = std::max(last, request.at.counter);
  }
  if (last >= kCounterMax) return fail(Errc::conflict, "the key has no counters left");
  return last + 1;
}

}  // namespace kv
