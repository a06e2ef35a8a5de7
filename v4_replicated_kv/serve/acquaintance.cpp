#include "v4_replicated_kv/serve/acquaintance.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv {

namespace {

constexpr std::chrono::milliseconds kTick{20};
constexpr int kTicksToTell = 10;  // as a rule, seeds answer sooner

}  // namespace

// What gRPC's threads touch as well.
struct Acquaintance::State {
  State(const FormationSetup& setup, std::optional<HeldCluster> held, Tick sure_after)
      : own(setup.self.addresses.name),
        others(sure_after),
        selves(sure_after),
        formation(setup, std::move(held), moment_now().now) {
    addresses[own] = setup.self.addresses;
  }

  // Not of who has this node's own name: nobody else says where this one is.
  void note(const Card& card) {
    const std::string& name = card.addresses.name;
    if (name == own) return;
    // What a process said before it had its port may come after what it said then.
    const bool is_same = std::exchange(boots[name], card.boot) == card.boot;
    if (is_same && card.addresses.peer.empty() && !addresses[name].peer.empty()) return;
    addresses[name] = card.addresses;
  }

  // Where the members were last heard to be.
  [[nodiscard]] std::vector<MemberAddresses> members() const {
    std::vector<MemberAddresses> members;
    for (const Member& member : formation.held()->ring->members) {
      const auto found = addresses.find(member.node.name);
      if (found != addresses.end()) members.push_back(found->second);
    }
    return members;
  }

  // Whether this process is not the one of its name that the other is connected with.
  bool is_second(const IAm& answer) {
    const std::string& who = answer.from.addresses.name;
    if (answer.other_life) {
      (void)selves.seen(who, *answer.other_life, moment_now().now);
    } else {
      selves.gone(who);
    }
    return answer.other_life.has_value();
  }

  const std::string own;
  std::mutex mutex;
  OtherLives others;                           // that came second, by the member's name
  OtherLives selves;                           // that came first, by who says so
  std::map<std::string, std::uint64_t> alive;  // lives of members
  Formation formation;
  FormationEffects todo;
  std::map<std::string, MemberAddresses> addresses;
  std::map<std::string, std::uint64_t> boots;  // of who said so
};

Acquaintance::Acquaintance(const FormationSetup& setup, std::optional<HeldCluster> held,
                           std::unique_ptr<Disk> disk, Ask ask, const EventLog& log,
                           Tick sure_after)
    : setup_(setup),
      disk_(std::move(disk)),
      ask_(std::move(ask)),
      log_(log),
      chance_(setup.chance ^ setup.self.boot),
      state_(std::make_shared<State>(setup, std::move(held), sure_after)),
      formation_(&state_->formation) {
  if (formation_->held()) {
    for (const MemberAddresses& one : formation_->held()->identity.members) {
      state_->addresses.try_emplace(one.name, one);
    }
  }
}

Result<bool> Acquaintance::form(const StopSignals& signals, const Waits& waits) {
  std::string logged;
  std::string told;
  for (int ticks = 0;; ++ticks) {
    FormationEffects todo;
    {
      const std::scoped_lock lock(state_->mutex);
      const Tick now = moment_now().now;
      if (const auto wake = formation_->wake(); wake && *wake <= now) {
        formation_->time(now, state_->todo);
      }
      todo = std::exchange(state_->todo, {});
    }
    if (auto done = carry_out(std::move(todo)); !done) {
      return std::unexpected(done.error());
    }
    {
      const std::scoped_lock lock(state_->mutex);
      if (formation_->has_begun()) break;
    }
    const std::string what = what_it_waits_for();
    if (!what.empty() && std::exchange(logged, what) != what) {
      log_.info("waits", {{"for", what}});
    }
    if (ticks >= kTicksToTell && !what.empty() && std::exchange(told, what) != what) {
      if (auto done = waits(what); !done) return std::unexpected(done.error());
    }
    if (signals.wait(kTick)) return false;
  }
  disk_.reset();  // for the node
  return true;
}

Result<void> Acquaintance::carry_out(FormationEffects todo) {
  if (todo.join) {
    if (auto joined = join(*todo.join); !joined) return joined;
  }
  if (todo.begin) {
    if (auto begun = begin(); !begun) return begun;
  }
  for (const FormationEffects::Question& question : todo.ask) {
    ask_(setup_.seeds.at(question.seed), question.ask, to(state_, question.seed));
  }
  return {};
}

Acquaintance::Told Acquaintance::to(const std::shared_ptr<State>& state,
                                    std::size_t seed) {
  return [state, seed](IAm answer) {
    const std::scoped_lock lock(state->mutex);
    if (state->is_second(answer)) return;
    state->note(answer.from);
    state->formation.told(seed, std::move(answer), moment_now().now, state->todo);
  };
}

Result<void> Acquaintance::join(const Joining& joining) {
  if (disk_ != nullptr) {
    if (auto joined = join_on_disk(*disk_, joining, chance_); !joined) return joined;
  }
  is_founding_ = joining.is_whole;
  log_.info(joining.is_whole ? "joins a new cluster"
                             : "returns to its cluster, without what it held",
            {{"cluster", joining.identity.cluster.raw()},
             {"nodes", joining.ring.members.size()}});
  const std::scoped_lock lock(state_->mutex);
  for (const MemberAddresses& one : joining.identity.members) {
    state_->addresses.try_emplace(one.name, one);
  }
  formation_->joined(moment_now().now);
  return {};
}

Result<void> Acquaintance::begin() {
  Identity identity;
  {
    const std::scoped_lock lock(state_->mutex);
    identity = held().identity;
  }
  identity.stage = JoinStage::begun;
  if (disk_ != nullptr) {
    if (auto written = write_identity(*disk_, identity); !written) return written;
  }
  const std::scoped_lock lock(state_->mutex);
  formation_->begun();
  return {};
}

std::string Acquaintance::what_it_waits_for() const {
  const std::scoped_lock lock(state_->mutex);
  const auto other = state_->selves.any();
  if (!other) return formation_->waits_for();
  return fmt::format("another process that is {} to end, at {}", state_->own,
                     printable(*other));
}

std::optional<IAm> Acquaintance::asked(const WhoAreYou& question) {
  const std::scoped_lock lock(state_->mutex);
  // A guest may have any name, a member's too.
  const bool is_second = !question.visits && is_other_life(question.from);
  if (!question.visits && !is_second) state_->note(question.from);
  auto answer = formation_->asked(question, moment_now().now, state_->todo);
  if (!answer) return answer;
  if (is_second) {
    answer->other_life = state_->addresses[question.from.addresses.name].grpc;
  }
  answer->from.addresses = state_->addresses.at(setup_.self.addresses.name);
  if (question.visits && answer->offer) answer->offer->members = state_->members();
  return answer;
}

// With the lock.
bool Acquaintance::is_other_life(const Card& asker) {
  const std::string& name = asker.addresses.name;
  const auto alive = state_->alive.find(name);
  if (alive == state_->alive.end() || alive->second == asker.boot) return false;
  const std::string& where = asker.addresses.grpc;
  if (state_->others.seen(name, where, moment_now().now)) {
    log_.error(
        "two processes are one node; end one of them, and delete its directory if "
        "that is a copy",
        {{"peer", name}, {"stays", state_->addresses[name].grpc}, {"refused", where}});
  }
  return true;
}

void Acquaintance::set_alive(std::map<std::string, std::uint64_t> lives) {
  const std::scoped_lock lock(state_->mutex);
  state_->alive = std::move(lives);
}

std::optional<std::string> Acquaintance::other_self() {
  const std::scoped_lock lock(state_->mutex);
  return state_->selves.sure();
}

void Acquaintance::set_own(const MemberAddresses& own) {
  const std::scoped_lock lock(state_->mutex);
  state_->addresses.insert_or_assign(own.name, own);
}

std::vector<MemberAddresses> Acquaintance::members() {
  const std::scoped_lock lock(state_->mutex);
  return state_->members();
}

void Acquaintance::look_for(const std::string& member) {
  WhoAreYou question{.from = setup_.self};
  std::string address;
  {
    const std::scoped_lock lock(state_->mutex);
    question.from.addresses = state_->addresses.at(setup_.self.addresses.name);
    question.cluster = held().identity.cluster;
    const auto found = state_->addresses.find(member);
    if (found == state_->addresses.end()) return;
    address = found->second.grpc;
  }
  ask_(address, question, [state = state_](const IAm& answer) {
    const std::scoped_lock lock(state->mutex);
    (void)state->is_second(answer);
    state->note(answer.from);
  });
}

}  // namespace kv
