#include "v4_replicated_kv/membership/refounding.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/text.hpp"

namespace kv {

namespace {

RefoundAnswer refusal(Errc code, std::string why) {
  return {.standing = RefoundStanding::refused, .code = code, .why = std::move(why)};
}

}  // namespace

Refounding::Refounding(RefoundingSetup setup, HeldCluster held, RefoundRecord record,
                       Tick now)
    : setup_(std::move(setup)),
      chance_(setup_.chance),
      held_(std::move(held)),
      record_(std::move(record)),
      members_(held_.identity.members),
      ask_at_(now) {
  KV_CHECK(record_.stage != RefoundStage::decided, "what is decided is done first");
  if (record_.stage == RefoundStage::prepared) phase_ = Phase::prepared;
}

void Refounding::observe(std::string unfit, std::vector<MemberAddresses> members) {
  unfit_ = std::move(unfit);
  members_ = std::move(members);
}

bool Refounding::is_away() const {
  return phase_ != Phase::idle && phase_ != Phase::looking;
}

std::string Refounding::waits_for() const {
  if (phase_ != Phase::prepared) return "";
  return is_founder() ? "all members to prepare"
                      : fmt::format("{} to say what became of the cluster that it founds",
                                    printable(record_.plan->founder));
}

// --- What it is asked ---

RefoundAnswer Refounding::asked(const RefoundQuestion& question, Tick now,
                                RefoundingEffects& out) {
  RefoundAnswer answer;
  if (question.verb == RefoundVerb::add) {
    begin_to_add(question, now, out);
    answer = question.attempt == adding_.attempt
                 ? added_
                 : refusal(Errc::locked, "another node is being added: ask again");
  } else {
    if (question.verb == RefoundVerb::prepare && question.plan) {
      take(*question.plan, out);
    }
    answer = standing_of(question.attempt);
  }
  answer.is_away = is_away();
  answer.disk = record_.disk;
  answer.members = held_.ring->members.size();
  answer.unfit = unfit_;
  return answer;
}

RefoundAnswer Refounding::standing_of(std::uint64_t attempt) const {
  if (held_.identity.cluster.raw() == attempt) {
    return {.standing = RefoundStanding::done};
  }
  if (is_of(attempt)) {
    switch (phase_) {
      case Phase::preparing:
        return {.standing = RefoundStanding::under_way};
      case Phase::prepared:
      case Phase::deciding:  // it is not on the disk yet
        return {.standing = RefoundStanding::prepared};
      case Phase::decided:
        return {.standing = RefoundStanding::done};
      case Phase::idle:
      case Phase::looking:
      case Phase::returning:
        break;
    }
  }
  if (attempt == refused_ && attempt != 0) return refusal_;
  return {.standing = RefoundStanding::none};
}

// A plan that it has not heard of. One that was given up may come late: then it prepares,
// asks the founder, and goes back.
void Refounding::take(const Refoundation& plan, RefoundingEffects& out) {
  const std::uint64_t attempt = plan.cluster.raw();
  if (plan.cluster == held_.identity.cluster || is_of(attempt) || attempt == refused_) {
    return;
  }
  if (std::string why = refuses(plan); !why.empty()) {
    refused_ = attempt;
    refusal_ = refusal(Errc::conflict, std::move(why));
    return;
  }
  if (record_.disk == 0) record_.disk = chance_.next() | 1U;
  record_.stage = RefoundStage::prepared;
  record_.plan = plan;
  phase_ = Phase::preparing;
  out.prepare = record_;
}

std::string Refounding::refuses(const Refoundation& plan) const {
  if (phase_ != Phase::idle) return "another change is under way";
  if (!unfit_.empty()) return unfit_;
  if (plan.ring.find(setup_.name) == nullptr) return "it has another name";
  const bool is_its_own = plan.before == held_.identity.cluster;
  if (!is_its_own && held_.ring->members.size() != 1) {
    return "it is in a cluster with others";
  }
  // None of its own cluster may be left behind, with the ring that is given up.
  const bool all = std::ranges::all_of(held_.ring->members, [&](const Member& member) {
    return plan.ring.find(member.node.name) != nullptr;
  });
  return all ? "" : "the plan leaves out a member of its cluster";
}

// --- The founder ---

void Refounding::begin_to_add(const RefoundQuestion& question, Tick now,
                              RefoundingEffects& out) {
  if (phase_ != Phase::idle || question.attempt == adding_.attempt) return;
  adding_ = question;
  added_ = {.standing = RefoundStanding::under_way};
  asked_.clear();
  for (const MemberAddresses& member : members_) {
    if (member.name != setup_.name) asked_.push_back({.address = member.grpc});
  }
  if (asked_.size() + 1 != held_.ring->members.size()) {
    return end_adding(fail(Errc::locked, "this node has not met all members: ask again"));
  }
  asked_.push_back({.address = question.address});
  phase_ = Phase::looking;
  until_ = now + setup_.patience;
  ask_all(now, out);
}

void Refounding::end_adding(const Result<void>& how) {
  added_ = how ? RefoundAnswer{.standing = RefoundStanding::done}
               : refusal(how.error().code, how.error().detail);
  asked_.clear();
}

void Refounding::ask_all(Tick now, RefoundingEffects& out) {
  ask_at_ = now + setup_.ask_every;
  RefoundQuestion question;
  if (phase_ == Phase::looking) {
    question.attempt = adding_.attempt;
    for (const Asked& one : asked_) {
      if (!one.answer) out.ask.push_back({one.address, question});
    }
    return;
  }
  const Refoundation& plan = *record_.plan;
  question.attempt = plan.cluster.raw();
  if (!is_founder()) {
    question.verb = RefoundVerb::outcome;
    for (const MemberAddresses& member : plan.members) {
      if (member.name != setup_.name) out.ask.push_back({member.grpc, question});
    }
    return;
  }
  question.verb = RefoundVerb::prepare;
  question.plan = plan;
  for (const Asked& one : asked_) {
    if (!one.is_prepared) out.ask.push_back({one.address, question});
  }
}

void Refounding::time(Tick now, RefoundingEffects& out) {
  const bool waits = phase_ == Phase::looking || phase_ == Phase::prepared;
  if (!waits) return;
  // It was founder before it was started again: it has decided nothing, and never will.
  if (phase_ == Phase::prepared && is_founder() && asked_.empty()) return go_back(out);
  const bool may_give_up = phase_ == Phase::looking || is_founder();
  if (may_give_up && now >= until_) return give_up(out);
  if (now >= ask_at_) ask_all(now, out);
}

void Refounding::give_up(RefoundingEffects& out) {
  std::string silent;
  for (const Asked& one : asked_) {
    const bool is_done =
        phase_ == Phase::looking ? one.answer.has_value() : one.is_prepared;
    if (!is_done) silent = one.address;
  }
  const bool was_prepared = phase_ == Phase::prepared;
  phase_ = was_prepared ? phase_ : Phase::idle;
  end_adding(fail(Errc::io,
                  fmt::format("the node at {} (gRPC) does not answer: start it, or see "
                              "that it can be reached from {}",
                              printable(silent), printable(setup_.name))));
  if (was_prepared) go_back(out);
}

void Refounding::told(const RefoundingEffects::Ask& asked, const IAm& answer,
                      RefoundingEffects& out) {
  if (!answer.refound) return;
  switch (asked.question.verb) {
    case RefoundVerb::look:
      if (phase_ != Phase::looking || asked.question.attempt != adding_.attempt) return;
      for (Asked& one : asked_) {
        if (one.address == asked.address) one.answer = answer;
      }
      consider(out);
      return;
    case RefoundVerb::prepare:
      if (phase_ != Phase::prepared || !is_of(asked.question.attempt)) return;
      if (is_founder()) told_as_founder(asked.address, answer, out);
      return;
    case RefoundVerb::outcome:
      if (phase_ != Phase::prepared || !is_of(asked.question.attempt)) return;
      if (!is_founder()) told_outcome(answer, out);
      return;
    case RefoundVerb::add:
      return;
  }
}

// All have said what they are: so there is a plan, or a reason why there is none.
void Refounding::consider(RefoundingEffects& out) {
  const bool all = std::ranges::all_of(
      asked_, [](const Asked& one) { return one.answer.has_value(); });
  if (!all) return;
  phase_ = Phase::idle;
  auto plan = planned();
  if (!plan) return end_adding(std::unexpected(plan.error()));
  if (!*plan) return end_adding({});  // it is so already
  record_.stage = RefoundStage::prepared;
  record_.plan = **std::move(plan);
  phase_ = Phase::preparing;
  out.prepare = record_;
}

void Refounding::told_as_founder(const std::string& address, const IAm& answer,
                                 RefoundingEffects& out) {
  const RefoundAnswer& said = *answer.refound;
  if (said.standing == RefoundStanding::refused) {
    end_adding(
        fail(said.code, fmt::format("{} cannot join: {}",
                                    printable(answer.from.addresses.name), said.why)));
    return go_back(out);
  }
  if (said.standing != RefoundStanding::prepared) return;
  for (Asked& one : asked_) {
    if (one.address == address) one.is_prepared = true;
  }
  const bool all =
      std::ranges::all_of(asked_, [](const Asked& one) { return one.is_prepared; });
  if (all) decide(out);
}

// --- Who is prepared ---

void Refounding::told_outcome(const IAm& answer, RefoundingEffects& out) {
  const Refoundation& plan = *record_.plan;
  const RefoundAnswer& said = *answer.refound;
  if (said.standing == RefoundStanding::done) return decide(out);
  const bool knows =
      answer.from.addresses.name == plan.founder && said.disk == plan.founder_disk;
  if (knows && said.standing == RefoundStanding::none) go_back(out);
}

void Refounding::decide(RefoundingEffects& out) {
  phase_ = Phase::deciding;
  record_.stage = RefoundStage::decided;
  out.decide = record_;
}

void Refounding::go_back(RefoundingEffects& out) {
  phase_ = Phase::returning;
  record_ = {.disk = record_.disk};
  out.go_back = record_;
}

// --- What the disk says ---

void Refounding::prepared(const Result<void>& done, Tick now, RefoundingEffects& out) {
  KV_CHECK(phase_ == Phase::preparing, "prepared() follows `prepare`");
  phase_ = Phase::prepared;
  if (!done) {
    refused_ = record_.plan->cluster.raw();
    refusal_ = refusal(done.error().code, done.error().detail);
    if (is_founder()) end_adding(done);
    return go_back(out);
  }
  if (is_founder()) {
    // To one that is alone, and is to weigh something else, it is itself the last.
    std::erase_if(asked_, [&](const Asked& one) {
      return one.answer->from.addresses.name == setup_.name;
    });
    // A member that gets another weight was asked twice.
    std::ranges::sort(asked_, {}, &Asked::address);
    const auto [first, last] = std::ranges::unique(asked_, {}, &Asked::address);
    asked_.erase(first, last);
    if (asked_.empty()) return decide(out);
  }
  until_ = now + setup_.patience;
  ask_all(now, out);
}

void Refounding::decided() {
  KV_CHECK(phase_ == Phase::deciding, "decided() follows `decide`");
  phase_ = Phase::decided;
}

void Refounding::went_on(HeldCluster held) {
  KV_CHECK(phase_ == Phase::decided, "went_on() follows decided()");
  if (is_founder()) end_adding({});
  held_ = std::move(held);
  record_ = {.disk = record_.disk};
  members_ = held_.identity.members;
  unfit_.clear();
  phase_ = Phase::idle;
}

void Refounding::went_back() {
  KV_CHECK(phase_ == Phase::returning, "went_back() follows `go_back`");
  phase_ = Phase::idle;
}

}  // namespace kv
