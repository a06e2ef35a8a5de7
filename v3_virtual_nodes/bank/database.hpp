// A database (a shard): a cabinet with one drawer for each lock of the bank.
//
// Why     what a lock guards must not change while somebody waits for the lock. A record
//         changes its database; the hash of its number never changes. So the lock hangs
//         on the hash: drawer i of *every* database is guarded by lock i, and a record
//         moves from drawer i of one database to drawer i of another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/strong.hpp"
#include "common/hash/finalise.hpp"
#include "v3_virtual_nodes/bank/record.hpp"

namespace kv::bank {

inline constexpr std::size_t kDrawers = 16'384;

// The drawer of a key. Finalised, as weak hashes leave the top bits of similar keys alike.
[[nodiscard]] constexpr std::size_t drawer_of(KeyHash position) {
  return finalise(position.raw()) % kDrawers;
}

// Records in any order, each beside its position. Of a million records a drawer holds a
// dozen or two, and to look through so few numbers that lie side by side is faster than to
// follow the pointers of a tree or a hash table.
struct Slot {
  KeyHash position;
  std::unique_ptr<Record> record;
};
using Drawer = std::vector<Slot>;

// Where `drawer` holds the record, or its end. Two numbers may share a position; the number
// tells them apart.
[[nodiscard]] inline Drawer::iterator find_in(Drawer& drawer, KeyHash position,
                                              std::string_view number) {
  return std::ranges::find_if(drawer, [=](const Slot& slot) {
    return slot.position == position && slot.record->number == number;
  });
}

// Moves record `i` to another drawer; answers it. Only the pointer changes hands. noexcept,
// as a record on its way has no other owner: without memory for a longer list the program
// stops rather than go on without the record.
inline Record* move_record(Drawer& from, std::size_t i, Drawer& to) noexcept {
  to.push_back(std::move(from[i]));
  std::swap(from[i], from.back());
  from.pop_back();
  return to.back().record.get();
}

struct Database {
  std::vector<Drawer> drawers = std::vector<Drawer>(kDrawers);
};

}  // namespace kv::bank
