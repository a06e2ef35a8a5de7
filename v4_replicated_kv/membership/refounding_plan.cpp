// What a founder makes of the answers of all: a plan, or a reason why there is none.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/membership/refounding.hpp"

namespace kv {

Result<std::optional<Refoundation>> Refounding::planned() {
  for (const Asked& one : asked_) {
    if (!one.answer->refound->is_away) continue;
    return fail(Errc::locked,
                fmt::format("{} is about to be in another cluster: ask again",
                            printable(one.answer->from.addresses.name)));
  }
  const IAm& said = *asked_.back().answer;
  const auto added = newcomer(said);
  if (!added) return std::unexpected(added.error());
  const Member* const known = held_.ring->find(added->name);
  if (known != nullptr && known->node.weight == added->weight) return std::nullopt;
  if (auto fit = check_all_fit(); !fit) return std::unexpected(fit.error());
  std::map<std::string, Newcomer> newcomers;
  std::map<std::string, MemberAddresses> addresses;
  for (const Member& member : held_.ring->members) {
    const Node& node = member.node;
    newcomers[node.name] = {
        .name = node.name, .weight = node.weight, .zone = member.zone};
  }
  newcomers[added->name] = *added;
  for (const MemberAddresses& member : members_) addresses[member.name] = member;
  for (const Asked& one : asked_) {
    const MemberAddresses& its = one.answer->from.addresses;
    addresses[its.name] = its;
  }
  if (record_.disk == 0) record_.disk = chance_.next() | 1U;
  Refoundation plan{.cluster = ClusterId{chance_.next()},
                    .founder = setup_.name,
                    .before = held_.identity.cluster,
                    .founder_disk = record_.disk,
                    .hash_seed = chance_.next(),
                    .ring = nobodys_ring()};
  std::vector<Newcomer> all;
  for (const auto& [name, one] : newcomers) {
    all.push_back(one);
    plan.members.push_back(addresses[name]);
  }
  RingPlan shape = setup_.plan;
  shape.copies = std::min(shape.copies, all.size());
  auto ring = found_ring(all, shape);
  if (!ring) return std::unexpected(ring.error());
  plan.ring = *std::move(ring);
  return plan;
}

// The node that is to be added, or to get another weight.
Result<Newcomer> Refounding::newcomer(const IAm& said) const {
  const std::string& name = said.from.addresses.name;
  const std::string who = printable(name);
  const Member* const known = held_.ring->find(name);
  if (said.cluster == held_.identity.cluster && known != nullptr) {
    const double weight = adding_.weight != 0 ? adding_.weight : known->node.weight;
    return Newcomer{.name = name, .weight = weight, .zone = known->zone};
  }
  if (known != nullptr) {
    return fail(
        Errc::conflict,
        fmt::format("a member is called {} as well; give the node another name, or "
                    "if it is that member without its disk, start it with --seeds",
                    who));
  }
  if (!said.cluster || said.refound->members != 1) {
    return fail(Errc::conflict,
                fmt::format("{} is in another cluster, with other nodes", who));
  }
  if (!said.refound->unfit.empty()) {
    return fail(Errc::conflict,
                fmt::format("{} cannot join a cluster: {}", who, said.refound->unfit));
  }
  return Newcomer{.name = name,
                  .weight = adding_.weight != 0 ? adding_.weight : said.from.weight,
                  .zone = said.from.zone};
}

Result<void> Refounding::check_all_fit() const {
  const auto unfit = [](const std::string& who, const std::string& why) {
    return fail(Errc::conflict,
                fmt::format("a cluster changes only while it is empty: {}: {}",
                            printable(who), why));
  };
  if (!unfit_.empty()) return unfit(setup_.name, unfit_);
  for (const Asked& one : asked_) {
    const IAm& said = *one.answer;
    const std::string& who = said.from.addresses.name;
    if (said.plan != setup_.plan) {
      return fail(
          Errc::conflict,
          fmt::format("{} has another cluster.n, .partitions, .vnodes or .conflict "
                      "than {}; give all the same",
                      printable(who), printable(setup_.name)));
    }
    if (!said.refound->unfit.empty()) return unfit(who, said.refound->unfit);
    const bool is_added = &one == &asked_.back();
    if (!is_added && said.cluster != held_.identity.cluster) {
      // As a rule it is about to hear that the last change was decided.
      return fail(Errc::locked,
                  fmt::format("{} is in another cluster yet; ask again", printable(who)));
    }
  }
  return {};
}

}  // namespace kv
