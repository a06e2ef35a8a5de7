#include "v4_replicated_kv/versioning/resolver.hpp"

#include <algorithm>
#include <utility>

#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

Result<Resolution> resolve(const KeyState& state, WallMs now, const Resolver& resolver) {
  const auto siblings = visible(state, now);
  if (siblings.empty()) return fail(Errc::not_found, "the key has no value");
  auto value = resolver(siblings);
  if (!value) return std::unexpected(value.error());
  return Resolution{.value = std::move(*value), .context = state.seen};
}

Result<std::string> keep_latest(std::span<const Version* const> siblings) {
  const auto at = [](const Version* version) { return version->at; };
  return (*std::ranges::max_element(siblings, {}, at))->value;
}

}  // namespace kv
