// The siblings that an owner made last, by who asked for them.
//
// Why       a key remembers few requests. A message that comes once more after those is no
//           new wish: it would make a second sibling of what may have been replaced since.
// Breaks if  a message comes after 4,096 others: then it is taken for a new wish.
// Left out  what came before a restart. A connection ends with the process, and with it what
//           it still carried.
#pragma once

#include <cstddef>
#include <deque>
#include <set>
#include <utility>

#include "v4_replicated_kv/replication/messages.hpp"

namespace kv {

// The last 4,096 wishes. One thread at a time.
class RecentMints {
 public:
  [[nodiscard]] bool has(const Message& mint) const {
    return all_.contains({mint.from, mint.operation});
  }

  void add(const Message& mint) {
    constexpr std::size_t kKept = 4096;
    if (!all_.emplace(mint.from, mint.operation).second) return;
    by_age_.emplace_back(mint.from, mint.operation);
    if (by_age_.size() <= kKept) return;
    all_.erase(by_age_.front());
    by_age_.pop_front();
  }

 private:
  using Wish = std::pair<NodeId, OperationId>;
  std::set<Wish> all_;
  std::deque<Wish> by_age_;
};

}  // namespace kv
