// Which copies could change hands, and what each would cost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/placement/draft.hpp"
#include "v4_replicated_kv/placement/hand_over.hpp"

namespace kv {

// Counts, for each giver and taker, the rows in which one could replace the other:
// distinct, and the zones within their bounds. Kept up to date row by row, so that asking
// is cheap.
class CopyOffers {
 public:
  explicit CopyOffers(Draft& draft);

  // What the cheapest copy that `from` could hand to `to` adds to the number of moves: 1,
  // 0 or -1; or kNoOffer.
  [[nodiscard]] int price(std::size_t from, std::size_t to) const;

  // Hands it over.
  void hand_over(std::size_t from, std::size_t to);

 private:
  void count(std::size_t partition, int sign);
  void look_at(std::size_t partition);
  [[nodiscard]] bool zones_allow(std::size_t from, std::size_t to) const;
  [[nodiscard]] static bool has(std::span<const Place> row, std::size_t member) {
    return std::ranges::find(row, member) != row.end();
  }

  Draft& draft_;
  std::size_t members_;
  // By giver, taker and price + 1.
  std::vector<std::array<std::int32_t, 3>> rows_;
  // Of the row at hand: the copies by zone; by member, whether it is in the row, and was.
  std::vector<std::size_t> in_zone_;
  std::vector<std::uint8_t> is_in_, was_in_;
  // Where to begin to look for a row: anywhere, so that what moves is spread over the
  // table.
  Rng anywhere_{0};
};

}  // namespace kv
