// The wishes that an owner has answered for good, by who asked: the siblings that it made or
// would not make, and the versions that it had no room for.
//
// Why       a message that comes once more is no new wish. It would make a second sibling of
//           what may have been replaced since; or store what the coordinator was told is not
//           stored, and has told its client so.
// Breaks if  a message comes after 4,096 others: then it is taken for a new wish.
// Left out  what came before a restart. A connection ends with the process, and with it what
//           it still carried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <tuple>

#include "v4_replicated_kv/replication/messages.hpp"

namespace kv {

// The last 4,096 wishes. One thread at a time.
class RecentWishes {
 public:
  [[nodiscard]] bool has(const Message& message) const {
    return all_.contains(wish_of(message));
  }

  // False: it was there already.
  bool add(const Message& message) {
    constexpr std::size_t kKept = 4096;
    const Wish wish = wish_of(message);
    if (!all_.insert(wish).second) return false;
    by_age_.push_back(wish);
    if (by_age_.size() <= kKept) return true;
    all_.erase(by_age_.front());
    by_age_.pop_front();
    return true;
  }

 private:
  // Each round of an operation wishes for something else.
  using Wish = std::tuple<NodeId, OperationId, std::uint32_t>;
  static Wish wish_of(const Message& message) {
    return {message.from, message.operation, message.round};
  }

  std::set<Wish> all_;
  std::deque<Wish> by_age_;
};

}  // namespace kv
