#include "v4_replicated_kv/versioning/recent_requests.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kv {

void RecentRequests::add(const RecentRequest& request) {
  if (request.id == RequestId{0}) return;
  const auto place = std::ranges::lower_bound(entries_, request);
  if (place != entries_.end() && *place == request) return;
  entries_.insert(place, request);
  keep_youngest();
}

void RecentRequests::join(const RecentRequests& other) {
  std::vector<RecentRequest> both;
  std::ranges::set_union(entries_, other.entries_, std::back_inserter(both));
  entries_ = std::move(both);
  keep_youngest();
}

std::optional<Timestamp> RecentRequests::find(RequestId id) const {
  if (id == RequestId{0}) return std::nullopt;
  const auto found = std::ranges::find(entries_, id, &RecentRequest::id);
  if (found == entries_.end()) return std::nullopt;
  return found->at;
}

void RecentRequests::keep_youngest() {
  if (entries_.size() <= kRecentRequestsMax) return;
  entries_.erase(entries_.begin(), entries_.end() - std::ptrdiff_t{kRecentRequestsMax});
}

}  // namespace kv
