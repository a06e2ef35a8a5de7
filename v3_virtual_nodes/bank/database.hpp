// A database (a shard): a cabinet with one drawer for each lock of the bank.
//
// Why     what a lock guards must not change while somebody waits for the lock. A record
//         changes its database; the hash of its number never changes. So the lock hangs
//         on the hash: drawer i of *every* database is guarded by lock i, and a record
//         moves from drawer i of one database to drawer i of another.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/strong.hpp"
#include "common/hash/finalise.hpp"
#include "v3_virtual_nodes/bank/record.hpp"

namespace kv::bank {

inline constexpr std::size_t kDrawers = 4096;

// The drawer of a key. Finalised, as weak hashes leave the top bits of similar keys alike.
[[nodiscard]] constexpr std::size_t drawer_of(KeyHash position) {
  return finalise(position.raw()) % kDrawers;
}

// The records by their position, which is a hash already. Two numbers at one position lie
// side by side, and the number tells them apart.
struct AlreadyHashed {
  [[nodiscard]] std::size_t operator()(KeyHash position) const noexcept {
    return position.raw();
  }
};
using Drawer = std::unordered_multimap<KeyHash, Record, AlreadyHashed>;

// Where `drawer` holds the record, or its end.
[[nodiscard]] inline Drawer::iterator find_in(Drawer& drawer, KeyHash position,
                                              std::string_view number) {
  const auto [first, last] = drawer.equal_range(position);
  for (auto at = first; at != last; ++at) {
    if (at->second.number == number) return at;
  }
  return drawer.end();
}

// Moves one record; answers where it is now. The node itself changes hands: nothing is
// copied, and the record is in one of the two drawers whenever anybody may look. noexcept:
// without memory for a larger table the program stops rather than lose a record.
inline Drawer::iterator move_record(Drawer& from, Drawer::iterator at,
                                    Drawer& to) noexcept {
  return to.insert(from.extract(at));
}

struct Database {
  std::vector<Drawer> drawers = std::vector<Drawer>(kDrawers);
};

}  // namespace kv::bank
