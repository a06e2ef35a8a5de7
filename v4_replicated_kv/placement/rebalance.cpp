#include "v4_replicated_kv/placement/rebalance.hpp"

#include <vector>

#include "v4_replicated_kv/placement/copy_offers.hpp"
#include "v4_replicated_kv/placement/draft.hpp"
#include "v4_replicated_kv/placement/hand_over.hpp"
#include "v4_replicated_kv/placement/quota.hpp"

namespace kv {

namespace {

// Rows by their primary and another who is in the row and could be.
class PrimaryOffers {
 public:
  explicit PrimaryOffers(Draft& draft)
      : draft_(draft), members_(draft.held().size()), rows_(members_ * members_) {
    for (std::size_t p = 0; p < draft.partitions(); ++p) count(p, 1);
  }

  [[nodiscard]] int price(std::size_t from, std::size_t to) const {
    return rows_[from * members_ + to] > 0 ? 1 : kNoOffer;
  }

  void hand_over(std::size_t from, std::size_t to) {
    for (std::size_t p = 0; p < draft_.partitions(); ++p) {
      const auto row = draft_.row(p);
      if (row.front() != from || std::ranges::find(row, to) == row.end()) continue;
      count(p, -1);
      draft_.promote(p, static_cast<Place>(to));
      count(p, 1);
      return;
    }
    KV_CHECK(false, "an offer that is counted is in some row");
  }

 private:
  void count(std::size_t partition, int sign) {
    const auto row = draft_.row(partition);
    for (const Place other : row.subspan(1)) {
      rows_[row.front() * members_ + other] += sign;
    }
  }

  Draft& draft_;
  std::size_t members_;
  std::vector<std::int32_t> rows_;
};

template <class Offers>
void settle_by(Offers offers, Accounts accounts) {
  settle(
      accounts, [&](std::size_t from, std::size_t to) { return offers.price(from, to); },
      [&](std::size_t from, std::size_t to) { offers.hand_over(from, to); });
}

Accounts primaries_of(const Draft& draft) {
  const Quota& quota = draft.quota();
  std::vector<std::size_t> primaries(quota.share.size());
  for (std::size_t p = 0; p < draft.partitions(); ++p) ++primaries[draft.row(p).front()];
  std::vector<double> shares;
  for (const double share : quota.share) {
    shares.push_back(share / static_cast<double>(draft.row(0).size()));
  }
  return {std::move(primaries), quota.primaries, std::move(shares)};
}

}  // namespace

PartitionTable rebalanced(const PartitionTable& before, std::span<const Member> members) {
  KV_CHECK(members.size() >= before.copies() && members.size() <= kMembersMax,
           "a row has different nodes, and a change compares each with each");
  const Quota quota = quota_of(members, before.copies(), before.partitions());
  Draft draft(before, members, quota);
  draft.fit_rows();
  settle_by(CopyOffers(draft), {draft.held(), quota.copies, quota.share});
  settle_by(PrimaryOffers(draft), primaries_of(draft));
  return draft.table();
}

PartitionTable first_table(const PreferenceWalk& walk, std::span<const Member> members,
                           std::size_t partitions) {
  const std::size_t copies = walk.copies();
  std::vector<NodeId> rows(partitions * copies);
  // Any nodes: only to ask where partitions begin.
  const PartitionTable shape(rows, copies);
  for (std::uint32_t p = 0; p < partitions; ++p) {
    walk.owners(shape.first_hash(PartitionId{p}),
                std::span(rows).subspan(p * copies, copies));
  }
  return rebalanced(PartitionTable(std::move(rows), copies), members);
}

}  // namespace kv
