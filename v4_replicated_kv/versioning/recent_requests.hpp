// The last requests of a key that had an id, so that a retry is not a second write.
//
// Idea      a client that got no answer asks again with the same id. Whoever knows the id
//           says what became of the first try, even when its value was overwritten since.
// Breaks if  a client uses an id for two different writes: the second is taken for a
//            retry
//           and never stored.
// Left out  a promise without end. Eight are kept a key; after eight further requests
//           with ids a late retry is a new write. (Of siblings: eight writes. Whose
//           client gave no id gets one, or a maker that is asked again after a restart
//           would make two.)
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

// What the request made.
struct RecentRequest {
  Timestamp at{};
  RequestId id{};
  friend auto operator<=>(const RecentRequest&, const RecentRequest&) = default;
};

inline constexpr std::size_t kRecentRequestsMax = 8;

// The youngest by timestamp. The youngest of two lists together are the same in whatever
// order lists are joined. Not thread-safe.
class RecentRequests {
 public:
  // Remembers it; nothing if the id is 0.
  void add(const RecentRequest& request);

  void join(const RecentRequests& other);

  // What the first try of `id` made that is still remembered.
  [[nodiscard]] std::optional<Timestamp> find(RequestId id) const;

  // By timestamp.
  [[nodiscard]] std::span<const RecentRequest> entries() const { return entries_; }

  friend bool operator==(const RecentRequests&, const RecentRequests&) = default;

 private:
  void keep_youngest();

  std::vector<RecentRequest> entries_;
};

}  // namespace kv
