#include "v4_replicated_kv/membership/formation.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"

namespace kv {

Formation::Formation(FormationSetup setup, std::optional<HeldCluster> held, Tick now)
    : setup_(std::move(setup)),
      chance_(setup_.chance),
      held_(std::move(held)),
      round_(chance_.next()),
      ask_at_(now) {
  for (const std::string& address : setup_.seeds) seeds_.push_back({.address = address});
  KV_CHECK(setup_.self.boot != 0, "0 stands for one that nobody has heard of");
  if (!held_) return;
  KV_CHECK(held_->identity.stage != JoinStage::joining, "such a disk is blank");
  phase_ = held_->identity.stage == JoinStage::begun ? Phase::begun : Phase::joined;
}

void Formation::time(Tick now, FormationEffects& out) {
  if (phase_ == Phase::joining || phase_ == Phase::begun || now < ask_at_) return;
  ask_all(now, out);
  begin_if_all_hold(out);
  // Who has no seeds has nobody to wait for.
  if (seeds_.empty() && phase_ == Phase::blank) consider(now, out);
}

// Answers to the questions before say nothing of the present, and are dropped.
void Formation::start_round(Tick at) {
  ++round_;
  round_founds_ = is_founder();
  for (Seed& seed : seeds_) seed.answer.reset();
  ask_at_ = std::min(ask_at_, at);
}

// All of them, those that have answered in this round, too: what they say may have
// changed.
void Formation::ask_all(Tick now, FormationEffects& out) {
  ask_at_ = now + setup_.ask_every;
  WhoAreYou question{.round = round_, .from = setup_.self, .founds = round_founds_};
  if (held_) question.cluster = held_->identity.cluster;
  for (std::size_t i = 0; i < seeds_.size(); ++i) out.ask.push_back({i, question});
}

std::optional<IAm> Formation::asked(const WhoAreYou& question, Tick now,
                                    FormationEffects& out) {
  if (phase_ == Phase::joining) return std::nullopt;
  IAm answer{.round = question.round,
             .to_boot = question.from.boot,
             .from = setup_.self,
             .has_begun = phase_ == Phase::begun,
             .plan = setup_.plan};
  const std::string& asker = question.from.addresses.name;
  if (held_) {
    const Identity& mine = held_->identity;
    answer.cluster = mine.cluster;
    const bool is_member = !question.visits && held_->ring->find(asker) != nullptr;
    if (is_member && question.cluster == mine.cluster) {
      holders_.insert(asker);
      begin_if_all_hold(out);
    } else if (question.visits || (is_member && !question.cluster)) {
      answer.offer = offer();
    }
    return answer;
  }
  answer.expects = expected();
  if (question.visits) return answer;  // what a guest expects is nobody's business
  if (question.from.boot == setup_.self.boot) return answer;  // it is its own seed
  if (question.founds) {
    // It has said that it is blank, and a cluster may be founded on that. An older one
    // that it is being told of must not reach it any more.
    blank_once_.clear();
    start_round(now + setup_.ask_every);
  } else if (question.cluster) {
    ask_at_ = now;  // there is something to hear
  }
  return answer;
}

RingOffer Formation::offer() const {
  return {.hash_seed = held_->identity.hash_seed,
          .members = held_->identity.members,
          .ring = encode(*held_->ring)};
}

void Formation::told(std::size_t place, IAm answer, Tick now, FormationEffects& out) {
  const bool waits = phase_ == Phase::blank || phase_ == Phase::joined;
  if (!waits || place >= seeds_.size() || answer.to_boot != setup_.self.boot) return;
  Seed& seed = seeds_[place];
  const bool is_old = answer.round != round_;
  if (seed.boot == 0 || !is_old) {
    seed.name = answer.from.addresses.name;
    seed.boot = answer.from.boot;
  }
  if (is_old) return;
  seed.answer = std::move(answer);
  if (phase_ == Phase::blank) {
    consider(now, out);
    return;
  }
  const IAm& said = *seed.answer;
  if (said.cluster != held_->identity.cluster || is_self(seed)) return;
  holders_.insert(seed.name);
  others_begun_ = others_begun_ || said.has_begun;
  begin_if_all_hold(out);
}

void Formation::consider(Tick now, FormationEffects& out) {
  join_if_offered(out);
  if (phase_ != Phase::blank) return;
  const bool all = std::ranges::all_of(
      seeds_, [](const Seed& seed) { return seed.answer.has_value(); });
  if (all) end_round(now, out);
}

// All have answered. Founds if all were blank in the round before, too, and none of them
// is another process than it was.
void Formation::end_round(Tick now, FormationEffects& out) {
  std::vector<std::uint64_t> boots;
  for (const Seed& seed : seeds_) boots.push_back(seed.boot);
  trouble_ = not_founding_because();
  const bool is_clean = is_founder() && round_founds_ && trouble_.empty();
  if (seeds_.empty() || (is_clean && blank_once_ == boots)) {
    auto joining = founded();
    if (joining) return join(*std::move(joining), out);
    trouble_ = joining.error().detail;
    blank_once_.clear();
    return start_round(now + setup_.ask_every);
  }
  blank_once_ = is_clean ? boots : std::vector<std::uint64_t>{};
  // The second round follows at once, and so does a first one that says what it is for.
  const bool at_once = is_clean || (is_founder() && !round_founds_);
  start_round(at_once ? now : now + setup_.ask_every);
  if (at_once) ask_all(now, out);
}

// Why a founder does not found yet, from this round's answers; empty: all is well.
std::string Formation::not_founding_because() const {
  const std::vector<std::string> all = expected();
  for (const Seed& seed : seeds_) {
    if (is_self(seed) || !seed.answer) continue;
    const IAm& said = *seed.answer;
    const std::string who = printable(seed.name);
    if (said.offer) return fmt::format("all members of {}'s cluster to answer", who);
    if (said.cluster) {
      return fmt::format(
          "{} is in a cluster that {} is no member of; add it there, or leave "
          "{} out of the seeds",
          who, printable(name()), who);
    }
    if (said.expects.empty())
      return fmt::format("{} has not heard all of its seeds", who);
    if (said.expects != all) {
      return fmt::format("{} has other seeds; give all the same", who);
    }
    if (said.plan != setup_.plan) {
      return fmt::format(
          "{} has another cluster.n, .partitions, .vnodes or .conflict; give "
          "all the same",
          who);
    }
  }
  return "";
}

Result<Joining> Formation::founded() {
  std::map<std::string, Card> cards{{name(), setup_.self}};
  for (const Seed& seed : seeds_) {
    if (!is_self(seed)) cards.emplace(seed.name, seed.answer->from);
  }
  std::vector<Newcomer> newcomers;
  std::vector<MemberAddresses> members;
  for (const auto& [who, card] : cards) {
    newcomers.push_back({.name = who, .weight = card.weight, .zone = card.zone});
    members.push_back(card.addresses);
  }
  RingPlan plan = setup_.plan;
  plan.copies = std::min(plan.copies, newcomers.size());
  auto ring = found_ring(newcomers, plan);
  if (!ring) return std::unexpected(ring.error());
  const NodeId self = ring->find(name())->node.id;
  return Joining{.identity = {.cluster = ClusterId{chance_.next()},
                              .hash_seed = chance_.next(),
                              .self = self,
                              .members = std::move(members)},
                 .ring = *std::move(ring),
                 .is_whole = true};
}

// A ring with this node in it, from one cluster and not from two; of several the newest.
void Formation::join_if_offered(FormationEffects& out) {
  std::optional<Joining> best;
  for (const Seed& seed : seeds_) {
    if (!seed.answer || !seed.answer->cluster || !seed.answer->offer) continue;
    const RingOffer& offer = *seed.answer->offer;
    auto ring = decode_ring(offer.ring);
    if (!ring || ring->find(name()) == nullptr) continue;
    if (best && best->identity.cluster != *seed.answer->cluster) return;
    if (best && best->ring.epoch >= ring->epoch) continue;
    const NodeId self = ring->find(name())->node.id;
    best = Joining{.identity = {.cluster = *seed.answer->cluster,
                                .hash_seed = offer.hash_seed,
                                .self = self,
                                .members = offer.members},
                   .ring = *std::move(ring),
                   .is_whole = false};
  }
  if (!best) return;
  const auto whole = is_whole_in(best->identity.cluster, best->ring);
  if (!whole) return;
  best->is_whole = *whole;
  join(*std::move(best), out);
}

// Whether nobody has begun in it; nothing as long as somebody who may have says nothing.
std::optional<bool> Formation::is_whole_in(ClusterId cluster,
                                           const RingState& ring) const {
  std::set<std::string> heard{name()};
  for (const Seed& seed : seeds_) {
    if (!seed.answer) continue;
    if (seed.answer->cluster == cluster && seed.answer->has_begun) return false;
    if (!seed.answer->has_begun) heard.insert(seed.name);
  }
  const bool all = std::ranges::all_of(ring.members, [&](const Member& member) {
    return heard.contains(member.node.name);
  });
  return all ? std::optional(true) : std::nullopt;
}

void Formation::join(Joining joining, FormationEffects& out) {
  phase_ = Phase::joining;
  joining.identity.stage = JoinStage::joined;
  held_ = HeldCluster{.identity = joining.identity,
                      .ring = std::make_shared<const RingState>(joining.ring)};
  out.join = std::move(joining);
}

void Formation::joined(Tick now) {
  KV_CHECK(phase_ == Phase::joining, "joined() follows `join`");
  phase_ = Phase::joined;
  start_round(now);
  ask_at_ = now;
}

void Formation::begin_if_all_hold(FormationEffects& out) {
  if (phase_ != Phase::joined) return;
  const bool all = std::ranges::all_of(held_->ring->members, [&](const Member& member) {
    return member.node.name == name() || holders_.contains(member.node.name);
  });
  if (!all && !others_begun_) return;
  phase_ = Phase::beginning;
  out.begin = true;
}

void Formation::begun() {
  KV_CHECK(phase_ == Phase::beginning, "begun() follows `begin`");
  phase_ = Phase::begun;
  held_->identity.stage = JoinStage::begun;
}

std::optional<Tick> Formation::wake() const {
  const bool asks = phase_ == Phase::blank || phase_ == Phase::joined;
  return asks ? std::optional(ask_at_) : std::nullopt;
}

bool Formation::is_self(const Seed& seed) const {
  return seed.boot == setup_.self.boot;
}

// The names of all seeds and this node, sorted; none until all are known, or where two
// processes have one name.
std::vector<std::string> Formation::expected() const {
  std::map<std::string, std::uint64_t> boots{{name(), setup_.self.boot}};
  for (const Seed& seed : seeds_) {
    if (seed.boot == 0) return {};
    const auto [at, is_new] = boots.try_emplace(seed.name, seed.boot);
    if (!is_new && at->second != seed.boot) return {};
  }
  std::vector<std::string> names;
  for (const auto& [one, boot] : boots) names.push_back(one);
  return names;
}

bool Formation::is_founder() const {
  const auto names = expected();
  return phase_ == Phase::blank && !names.empty() && names.front() == name();
}

std::string Formation::waits_for() const {
  switch (phase_) {
    case Phase::blank:
      return why_blank();
    case Phase::joining:
    case Phase::beginning:
      return "its disk";
    case Phase::begun:
      return "";
    case Phase::joined:
      break;
  }
  for (const Member& member : held_->ring->members) {
    const std::string& who = member.node.name;
    if (who == name() || holders_.contains(who)) continue;
    return fmt::format("{} to join the cluster", printable(who));
  }
  return "the other members";
}

std::string Formation::why_blank() const {
  std::map<std::string, const Seed*> by_name;
  for (const Seed& seed : seeds_) {
    if (seed.boot == 0) return fmt::format("an answer from {}", printable(seed.address));
    const auto [at, is_new] = by_name.try_emplace(seed.name, &seed);
    const bool is_alike = (!is_new && at->second->boot != seed.boot) ||
                          (seed.name == name() && !is_self(seed));
    if (is_alike) {
      return fmt::format("a name of its own for the node at {}: {} is somebody else's",
                         printable(seed.address), printable(seed.name));
    }
  }
  if (!trouble_.empty()) return trouble_;
  const auto names = expected();
  return is_founder()
             ? "all to answer once more"
             : fmt::format("{} to found the cluster",
                           printable(names.empty() ? "somebody" : names.front()));
}

}  // namespace kv
