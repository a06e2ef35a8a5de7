#include "v3_virtual_nodes/bank/audit.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace kv::bank {

namespace {

// Adds to a sum; remembers the first sum that was too large.
void add(Cents& sum, Result<Cents> more, Result<void>& outcome) {
  if (more) more = plus(sum, *more);
  if (more) {
    sum = *more;
  } else if (outcome) {
    outcome = std::unexpected(more.error());
  }
}

Holding& holding_at(const Member& member, Audit& audit) {
  const std::size_t id = member.node.id.raw();
  if (audit.holdings.size() <= id) audit.holdings.resize(id + 1);
  Holding& holding = audit.holdings[id];
  if (holding.database.empty()) holding.database = member.node.name;
  return holding;
}

}  // namespace

Result<void> count(const Stripe& stripe, Audit& audit) {
  Result<void> outcome;
  add(audit.opened, stripe.opened, outcome);
  add(audit.deposited, stripe.deposited, outcome);
  if (stripe.now == nullptr) return outcome;
  for (const auto& member : stripe.now->members) {
    if (member) holding_at(*member, audit);  // listed, even if it holds nothing
  }
  for_each_record(stripe, [&](const Member& member, const Record& record) {
    const auto money = wealth(record);
    Holding& holding = holding_at(member, audit);
    ++holding.records;
    ++audit.records;
    add(holding.money, money, outcome);
    add(audit.money, money, outcome);
    const Database* const home = &stripe.now->owner(record.position);
    if (home != member.database.get()) ++audit.not_at_home;
  });
  return outcome;
}

const Holding& holding_of(const Audit& audit, const std::string& name) {
  const auto found = std::ranges::find(audit.holdings, name, &Holding::database);
  KV_CHECK(found != audit.holdings.end(), "an audit lists every database");
  return *found;
}

}  // namespace kv::bank
