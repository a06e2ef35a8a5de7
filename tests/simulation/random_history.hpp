// Histories of one register from a seed: some that could have happened, some spoilt.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/rng.hpp"
#include "tests/simulation/told.hpp"

namespace kv::test {

struct Shape {
  std::uint32_t clients = 3;
  std::size_t operations = 3;  // of each client
  std::uint64_t ticks = 4;     // an operation takes 0 to so many, less one
  bool deletes = true;
  bool reads_name_deletes = true;
  bool tries_twice = false;
};

// Operations that a register did execute: each at one moment between its begin and its
// end.
class RandomHistory {
 public:
  RandomHistory(std::uint64_t seed, const Shape& shape) : rng_(seed), shape_(shape) {
    for (std::uint32_t client = 1; client <= shape.clients; ++client) plan(client);
    execute();
  }

  // Something that perhaps could not have happened.
  void spoil() {
    ClientOperation& victim = operations_[rng_.below(operations_.size())];
    switch (rng_.below(shape_.tries_twice ? 4 : 3)) {
      case 3:
        victim.may_return = victim.is_write();
        break;
      case 0:
        if (victim.is_write() || victim.outcome != Outcome::ok) return;
        victim.seen = ids({rng_.below(next_id_ + 1)});
        if (!shape_.reads_name_deletes && rng_.below(3) == 0) victim.seen.clear();
        break;
      case 1:
        if (victim.is_write()) victim.outcome = Outcome::refused;
        if (!victim.returned) victim.returned = victim.invoked;
        break;
      default:
        std::swap(victim.seen, operations_[rng_.below(operations_.size())].seen);
    }
    for (ClientOperation& operation : operations_) {
      const bool sees = !operation.is_write() && operation.outcome == Outcome::ok;
      if (!sees) operation.seen.clear();
      const bool named = shape_.reads_name_deletes || !shape_.deletes;
      if (sees && operation.seen.empty() && named) operation.seen = ids({0});
    }
  }

  [[nodiscard]] const std::vector<ClientOperation>& operations() const {
    return operations_;
  }

  // What is there in the end.
  [[nodiscard]] std::vector<WriteId> last() const { return last_; }

 private:
  void plan(std::uint32_t client) {
    std::uint64_t now = rng_.below(shape_.ticks);
    for (std::size_t i = 0; i < shape_.operations; ++i) {
      const std::uint64_t end = now + rng_.below(shape_.ticks);
      const std::uint64_t kind = rng_.below(shape_.deletes ? 5 : 4);
      ClientOperation operation = kind < 2    ? get(client, {}, now, end)
                                  : kind == 4 ? remove(client, next_id_++, now, end)
                                              : put(client, next_id_++, now, end);
      std::uint64_t moment = now + rng_.below(end - now + 1);
      if (rng_.below(5) == 0) {
        operation = rng_.below(2) == 0 ? unknown(operation) : unanswered(operation);
        moment = now + rng_.below(4 * shape_.ticks);  // later than its client thinks
        if (rng_.below(3) == 0) moment = kNeverHappens;
      }
      operations_.push_back(operation);
      moments_.emplace_back(moment, rng_.next());
      now = end + 1 + rng_.below(2);
    }
  }

  void execute() {
    std::vector<std::size_t> order(operations_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::size_t i) { return moments_[i]; });
    const ClientOperation* last = nullptr;
    for (const std::size_t i : order) {
      ClientOperation& operation = operations_[i];
      if (moments_[i].first == kNeverHappens) continue;
      if (operation.is_write()) last = &operation;
      if (!operation.is_write() && operation.outcome == Outcome::ok) {
        operation.seen = sight(last);
      }
    }
    last_ = sight(last);
  }

  [[nodiscard]] std::vector<WriteId> sight(const ClientOperation* last) const {
    const bool there = last != nullptr && last->kind == OperationKind::put;
    if (there || shape_.reads_name_deletes) {
      return ids({last == nullptr ? 0 : last->written.raw()});
    }
    return shape_.deletes ? ids({}) : ids({0});
  }

  static constexpr std::uint64_t kNeverHappens =
      std::numeric_limits<std::uint64_t>::max();

  Rng rng_;
  Shape shape_;
  std::uint64_t next_id_ = 1;
  std::vector<ClientOperation> operations_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> moments_;
  std::vector<WriteId> last_;
};

}  // namespace kv::test
