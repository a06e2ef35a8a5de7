// Siblings become one value by the caller's own rule.
//
// Idea      the store cannot know how two shopping carts become one; the caller can. Its
//           rule gets the siblings and makes a value, which is then put like any other,
//           with a context that covers exactly what the rule was shown.
// Breaks if  the result is put with a newer context: a sibling that came meanwhile would
//            be
//           replaced by a value that was made without it.
// Left out  rules for common types (sets, counters, maps).
#pragma once

#include <functional>
#include <span>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/history.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// From at least one sibling, by dot, to the one value. Should not depend on their order,
// or two resolvers at once make two different values; each is a sibling of the other
// then.
using Resolver = std::function<Result<std::string>(std::span<const Version* const>)>;

struct Resolution {
  std::string value;
  History context;  // to put it with
};

// What `resolver` makes of what a reader sees at `now`; its error if it fails, and
// Errc::not_found where there is nothing to see.
[[nodiscard]] Result<Resolution> resolve(const KeyState& state, WallMs now,
                                         const Resolver& resolver);

// The rule that keeps the version with the largest timestamp, for who has no better one.
[[nodiscard]] Result<std::string> keep_latest(std::span<const Version* const> siblings);

}  // namespace kv
