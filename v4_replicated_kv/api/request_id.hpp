// What a client calls one of its writes, as text, and as the number that is stored.
//
// Idea      all doors make the same number of the same text: a write that was begun at one is
//           retried at another.
// Breaks if  the hash changes: a retry after an upgrade would be a second write.
// Left out  defence: two texts of one number can be made. Whoever makes them confuses nobody
//           but themselves: an id is compared with ids of the same key only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/hash/functions.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

inline constexpr std::size_t kRequestIdBytesMax = 128;

// The id of the empty text is 0: it was not said. Nothing for a text over the limit. The
// operations of a batch have ids of their own: the `place`-th, from 1 on.
[[nodiscard]] inline std::optional<RequestId> request_id_of(std::string_view text,
                                                            std::size_t place = 0) {
  if (text.size() > kRequestIdBytesMax) return std::nullopt;
  if (text.empty()) return RequestId{0};
  std::string bytes(text);
  if (place > 0) bytes.append(1, '\0').append(std::to_string(place));
  const std::uint64_t hash = xxh3(bytes);
  return RequestId{hash == 0 ? 1 : hash};
}

}  // namespace kv
