// The dumb twin of the register checkers: tries all orders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "v4_replicated_kv/simulation/client_operation.hpp"

namespace kv::test {

// Whether the operations of one key can be put in an order that is true to time, and in
// which every read that is ok sees the write before it. Writes of unknown outcome may be
// left out. Tells for at most 32 operations, and for few that are concurrent.
class AllOrders {
 public:
  explicit AllOrders(const std::vector<ClientOperation>& operations) {
    for (const ClientOperation& operation : operations) {
      const bool counts = operation.is_write() ? operation.outcome != Outcome::refused
                                               : operation.outcome == Outcome::ok;
      if (counts) operations_.push_back(operation);
    }
  }

  [[nodiscard]] bool any() { return any_after(0, nullptr); }

 private:
  using Mask = std::uint32_t;

  [[nodiscard]] static bool must_happen(const ClientOperation& operation) {
    return operation.outcome == Outcome::ok;
  }

  // Whether all that is left to happen can, once `done` has, and `last` was written last.
  bool any_after(Mask done, const ClientOperation* last) {
    if (!tried_.emplace(done, last).second) return false;
    bool finished = true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if ((done >> i & 1) == 0 && must_happen(operations_[i])) finished = false;
    }
    if (finished) return true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const ClientOperation& next = operations_[i];
      if ((done >> i & 1) != 0 || !may_be_next(next, done)) continue;
      if (!next.is_write() && !explains(last, next)) continue;
      const ClientOperation* now = next.is_write() ? &next : last;
      if (any_after(done | Mask{1} << i, now)) return true;
    }
    return false;
  }

  [[nodiscard]] bool may_be_next(const ClientOperation& next, Mask done) const {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const ClientOperation& other = operations_[i];
      const bool left = (done >> i & 1) == 0 && must_happen(other);
      if (left && *other.returned < next.invoked) return false;
    }
    return true;
  }

  static bool explains(const ClientOperation* last, const ClientOperation& read) {
    if (read.seen.empty()) {
      return last == nullptr || last->kind == OperationKind::remove;
    }
    const WriteId there = last == nullptr ? kNeverWritten : last->written;
    return read.seen.size() == 1 && read.seen.front() == there;
  }

  std::vector<ClientOperation> operations_;
  std::set<std::pair<Mask, const ClientOperation*>> tried_;
};

}  // namespace kv::test
