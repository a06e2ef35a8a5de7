// One lock of the bank, and everything that it guards.
//
// The promise: whenever the lock is free, each record of its drawers lies in exactly one
// database, either where `now` puts it or, as long as there is a `before`, where that put
// it. Each function below finds that true and leaves it true, so no order in which threads
// take the lock can lose a record or show it twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string_view>
#include <utility>

#include "v3_virtual_nodes/bank/routing.hpp"

namespace kv::bank {

// On a cache line of its own: a neighbour's lock costs nothing.
struct alignas(64) Stripe {
  std::shared_mutex mutex;
  std::size_t drawer = 0;                 // its number in every database; never changes
  std::shared_ptr<const Routing> now;     // null: the bank has no database yet
  std::shared_ptr<const Routing> before;  // null: every record is where `now` says
  std::uint64_t records = 0;              // in its drawers, whichever
  std::uint64_t touched = 0;  // records moved because an operation needed them
  std::uint64_t audits = 0;   // the number of the last audit that was here
  Cents opened{};             // what came with new records,
  Cents deposited{};          // and what was deposited since
};

// The following need the lock; all but `peek` need it exclusively.

// The record if it lies where it belongs; null when it does not or is not there.
[[nodiscard]] inline const Record* peek(const Stripe& stripe, KeyHash position,
                                        std::string_view number) {
  if (stripe.now == nullptr) return nullptr;
  Drawer& drawer = stripe.now->owner(position).drawers[stripe.drawer];
  const auto at = find_in(drawer, position, number);
  return at == drawer.end() ? nullptr : at->record.get();
}

// The record, moved to where it belongs if it was not there; null for an unknown number.
[[nodiscard]] inline Record* fetch(Stripe& stripe, KeyHash position,
                                   std::string_view number) {
  if (stripe.now == nullptr) return nullptr;
  Drawer& home = stripe.now->owner(position).drawers[stripe.drawer];
  const auto at = find_in(home, position, number);
  if (at != home.end()) return at->record.get();
  if (stripe.before == nullptr) return nullptr;
  Drawer& old = stripe.before->owner(position).drawers[stripe.drawer];
  const auto left = find_in(old, position, number);
  if (&old == &home || left == old.end()) return nullptr;
  ++stripe.touched;
  return move_record(old, static_cast<std::size_t>(left - old.begin()), home);
}

// Moves every record that still lies where `before` put it; answers how many did.
inline std::uint64_t settle(Stripe& stripe) {
  std::uint64_t moved = 0;
  if (stripe.before == nullptr) return moved;
  for (const auto& member : stripe.before->members) {
    if (stripe.records == 0) break;  // a bank that has only just been founded
    if (!member) continue;
    Drawer& from = member->database->drawers[stripe.drawer];
    for (std::size_t i = 0; i < from.size();) {
      Drawer& home = stripe.now->owner(from[i].position).drawers[stripe.drawer];
      if (&home == &from) {
        ++i;
        continue;
      }
      move_record(from, i, home);  // and look at the one that is in its place now
      ++moved;
    }
  }
  stripe.before = nullptr;
  return moved;
}

// Takes `next` for the table. Records stay where they are until they are touched or
// settled, so those of the change before have to be settled first: at most two tables
// ever say where a record may lie.
inline void turn_to(Stripe& stripe, std::shared_ptr<const Routing> next) {
  KV_CHECK(stripe.before == nullptr, "a change while records of the last one still move");
  stripe.before = std::move(stripe.now);
  stripe.now = std::move(next);
}

// Calls `visit(member, record)` with every record of the drawers.
template <class Visit>
void for_each_record(const Stripe& stripe, Visit visit) {
  const auto look_into = [&](const Member& member) {
    const Drawer& drawer = member.database->drawers[stripe.drawer];
    // Records lie all over the memory: ask for all of a drawer before the first is read,
    // and their ways here overlap: an audit is more than twice as fast.
    for (const Slot& slot : drawer) __builtin_prefetch(&slot.record->savings);
    for (const Slot& slot : drawer) visit(member, *slot.record);
  };
  if (stripe.now == nullptr) return;
  for (const auto& member : stripe.now->members) {
    if (member) look_into(*member);
  }
  if (stripe.before == nullptr) return;
  const auto& members = stripe.now->members;
  for (std::size_t id = 0; id < stripe.before->members.size(); ++id) {
    const auto& left = stripe.before->members[id];
    const bool seen = left && id < members.size() && members[id] &&
                      members[id]->database == left->database;
    if (left && !seen) look_into(*left);
  }
}

}  // namespace kv::bank
