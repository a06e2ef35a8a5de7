#include "v4_replicated_kv/versioning/expiry.hpp"

#include <limits>

#include <fmt/format.h>

namespace kv {

Result<WallMs> expiry_after(WallMs now, std::uint64_t ttl_ms) {
  if (ttl_ms == 0 || ttl_ms > kTtlMsMax) {
    return fail(Errc::bad_usage,
                fmt::format("a time to live is 1 to {} milliseconds", kTtlMsMax));
  }
  if (now.raw() > std::numeric_limits<std::uint64_t>::max() - ttl_ms) {
    return fail(Errc::bad_usage, "the time to live ends after the end of time");
  }
  return WallMs{now.raw() + ttl_ms};
}

bool is_over(const Version& version, WallMs now) {
  return version.expires != WallMs{0} && now >= version.expires;
}

Version expired(const Version& version) {
  return {.at = version.at, .kind = Kind::expired};
}

bool remove_expired(Policy policy, KeyState& state, WallMs now) {
  if (policy == Policy::siblings) {
    return std::erase_if(state.versions,
                         [=](const Version& v) { return is_over(v, now); }) != 0;
  }
  bool changed = false;
  for (Version& version : state.versions) {
    if (!is_over(version, now)) continue;
    version = expired(version);
    changed = true;
  }
  return changed;
}

}  // namespace kv
