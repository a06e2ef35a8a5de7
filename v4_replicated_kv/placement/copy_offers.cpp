#include "v4_replicated_kv/placement/copy_offers.hpp"

namespace kv {

CopyOffers::CopyOffers(Draft& draft)
    : draft_(draft),
      members_(draft.held().size()),
      rows_(members_ * members_),
      is_in_(members_),
      was_in_(members_) {
  for (std::size_t p = 0; p < draft.partitions(); ++p) count(p, 1);
}

int CopyOffers::price(std::size_t from, std::size_t to) const {
  const auto& by_price = rows_[from * members_ + to];
  const auto cheapest =
      std::ranges::find_if(by_price, [](auto rows) { return rows > 0; });
  if (cheapest == by_price.end()) return kNoOffer;
  return static_cast<int>(cheapest - by_price.begin()) - 1;
}

void CopyOffers::hand_over(std::size_t from, std::size_t to) {
  const int wanted = price(from, to);
  std::size_t p = anywhere_.below(draft_.partitions());
  for (std::size_t tried = 0;; ++tried) {
    KV_CHECK(tried < draft_.partitions(), "an offer that is counted is in some row");
    if (++p == draft_.partitions()) p = 0;
    const auto row = draft_.row(p);
    if (!has(row, from) || has(row, to)) continue;
    const int enters = has(draft_.old_row(p), to) ? 0 : 1;
    const int leaves = has(draft_.old_row(p), from) ? 0 : -1;
    if (enters + leaves != wanted) continue;
    look_at(p);
    if (zones_allow(from, to)) break;
  }
  count(p, -1);
  draft_.replace(p, static_cast<Place>(from), static_cast<Place>(to));
  count(p, 1);
}

// Adds the row's offers to the counts, or takes them away.
void CopyOffers::count(std::size_t partition, int sign) {
  look_at(partition);
  for (const Place place : draft_.row(partition)) is_in_[place] = 1;
  for (const Place place : draft_.old_row(partition)) {
    if (place != kNobody) was_in_[place] = 1;
  }
  for (const Place from : draft_.row(partition)) {
    auto* const offers = rows_.data() + from * members_;
    const std::size_t stays = was_in_[from] == 0 ? 0 : 1;  // its leaving saves no move
    for (std::size_t to = 0; to < members_; ++to) {
      if (is_in_[to] != 0 || !zones_allow(from, to)) continue;
      offers[to][stays + (was_in_[to] == 0 ? 1 : 0)] += sign;
    }
  }
  for (const Place place : draft_.row(partition)) is_in_[place] = 0;
  for (const Place place : draft_.old_row(partition)) {
    if (place != kNobody) was_in_[place] = 0;
  }
}

void CopyOffers::look_at(std::size_t partition) {
  const Quota& quota = draft_.quota();
  in_zone_.assign(quota.zone_in_row.size(), 0);
  for (const Place place : draft_.row(partition)) ++in_zone_[quota.zone_of[place]];
}

bool CopyOffers::zones_allow(std::size_t from, std::size_t to) const {
  const Quota& quota = draft_.quota();
  const std::size_t giving = quota.zone_of[from];
  const std::size_t taking = quota.zone_of[to];
  return giving == taking || (in_zone_[giving] > quota.zone_in_row[giving].least &&
                              in_zone_[taking] < quota.zone_in_row[taking].most);
}

}  // namespace kv
