#include "v4_replicated_kv/placement/draft.hpp"

#include <utility>

namespace kv {

Draft::Draft(const PartitionTable& before, std::span<const Member> members,
             const Quota& quota)
    : members_(members), quota_(quota), copies_(before.copies()), held_(members.size()) {
  std::vector<Place> place_of(kNodesMax, kNobody);
  for (std::size_t i = 0; i < members.size(); ++i) {
    place_of[members[i].node.id.raw()] = static_cast<Place>(i);
  }
  for (const NodeId node : before.rows()) {
    const Place place = place_of[node.raw()];
    old_rows_.push_back(place);
    if (place != kNobody) ++held_[place];
  }
  rows_ = old_rows_;
}

PartitionTable Draft::table() const {
  std::vector<NodeId> rows;
  rows.reserve(rows_.size());
  for (const Place place : rows_) rows.push_back(members_[place].node.id);
  return {std::move(rows), copies_};
}

// A row needs as many newcomers as it has free places once full zones have given up what
// is above their bound, or as empty zones lack, whichever is more. So many it gets:
// evicting more than that would move what may stay.
void Draft::fit_rows() {
  const auto& bounds = quota_.zone_in_row;
  for (std::size_t p = 0; p < partitions(); ++p) {
    count_zones(p);
    auto free = static_cast<std::size_t>(std::ranges::count(row(p), kNobody));
    std::size_t excess = 0;
    std::size_t lacking = 0;
    for (std::size_t z = 0; z < bounds.size(); ++z) {
      excess += in_zone_[z] > bounds[z].most ? in_zone_[z] - bounds[z].most : 0;
      lacking += in_zone_[z] < bounds[z].least ? bounds[z].least - in_zone_[z] : 0;
    }
    for (; excess > 0; --excess, ++free) evict_one(p, true);
    for (; free < lacking; ++free) evict_one(p, false);
    for (; free > 0; --free) {
      admit_one(p, lacking > 0);
      if (lacking > 0) --lacking;
    }
  }
}

void Draft::count_zones(std::size_t partition) {
  in_zone_.assign(quota_.zone_in_row.size(), 0);
  for (const Place place : row(partition)) {
    if (place != kNobody) ++in_zone_[quota_.zone_of[place]];
  }
}

// Of those whose zone has too many here, or just more than its least: who holds most
// above its share goes.
void Draft::evict_one(std::size_t partition, bool from_full_zones) {
  Place out = kNobody;
  for (const Place place : row(partition)) {
    if (place == kNobody) continue;
    const std::size_t zone = quota_.zone_of[place];
    const Between& bounds = quota_.zone_in_row[zone];
    if (in_zone_[zone] <= (from_full_zones ? bounds.most : bounds.least)) continue;
    if (out == kNobody || lack(place) < lack(out)) out = place;
  }
  KV_CHECK(out != kNobody, "a row with too few zones has a zone with too many copies");
  replace(partition, out, kNobody);
  --in_zone_[quota_.zone_of[out]];
}

// Of those whose zone has too few here, or just less than its most: who lacks most comes.
void Draft::admit_one(std::size_t partition, bool to_empty_zones) {
  Place in = kNobody;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::size_t zone = quota_.zone_of[i];
    const Between& bounds = quota_.zone_in_row[zone];
    if (in_zone_[zone] >= (to_empty_zones ? bounds.least : bounds.most)) continue;
    const auto place = static_cast<Place>(i);
    if (std::ranges::find(row(partition), place) != row(partition).end()) continue;
    if (in == kNobody || lack(place) > lack(in)) in = place;
  }
  KV_CHECK(in != kNobody, "zones with room have a node that is not in the row");
  replace(partition, kNobody, in);
  ++in_zone_[quota_.zone_of[in]];
}

}  // namespace kv
