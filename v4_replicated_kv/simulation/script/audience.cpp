#include "v4_replicated_kv/simulation/script/audience.hpp"

#include <algorithm>
#include <utility>

#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

namespace {

std::string with(std::string answer, const std::vector<std::string>& values) {
  if (values.empty()) return answer + " nothing";
  for (std::size_t i = 0; i < values.size(); ++i)
    answer += (i == 0 ? " " : ", ") + values[i];
  return answer;
}

std::string_view word_for(AnswerKind answer) {
  switch (answer) {
    case AnswerKind::ok:
      return "ok";
    case AnswerKind::refused:
      return "refused";
    case AnswerKind::unknown:
      return "unknown";
    case AnswerKind::silence:
      break;
  }
  return "silence";
}

}  // namespace

Audience::Audience(World& world, const WorldRules& rules, std::uint64_t seed, Tick origin)
    : world_(world),
      rules_(rules),
      ledger_(world, {.policy = rules.policy,
                      .quorum = rules.quorum,
                      .asked_again_after = rules.machine.node.coordinator.again_every,
                      .asks_at_once = true,
                      .origin = origin}),
      chance_(seed) {
  world_.on_reply = [this](NodeId /*node*/, const Reply& reply) { replied(reply); };
}

ClientId Audience::id_of(const std::string& client) {
  const ClientId next{static_cast<std::uint32_t>(clients_.size())};
  return clients_.emplace(client, next).first->second;
}

// The try before, of a request that is asked for once more; null if there was none, or it
// was refused: then it is over, and did nothing.
Told* Audience::try_before(const Request& request) {
  if (request.id == RequestId{0}) return nullptr;
  const auto last = tries_.find({request.key, request.id});
  if (last == tries_.end()) return nullptr;
  Told& before = told_[last->second];
  const bool is_over =
      before.reply && before.reply->outcome == Outcome::refused && !before.may_be_there;
  return is_over ? nullptr : &before;
}

// Who asks for the same once more goes on with what was begun, and listens to the new
// answer only. One that had its answer goes by that; but where reads miss writes, it may
// be done anew.
void Audience::enter(Told& told) {
  const Request& request = told.asked.request;
  Told* const before = try_before(request);
  if (before == nullptr) {
    told.number = ledger_.ask(id_of(told.asked.client), told.asked.client, request);
    told.entry = told.number;
    return;
  }
  told.number = before->number;
  told.entry = std::exchange(before->entry, {});
  told.may_be_there = true;
  ledger_.ask_again(told.number, request);
}

void Audience::ask(AskNode ask, Tick think) {
  if (last_told_ == world_.now()) world_.run_until(world_.now() + think);
  const KeyNumber key = ledger_.number_of(ask.request.key);
  const Ledger::Told* const told = ledger_.told(id_of(ask.client), key);
  if (const Told* const before = try_before(ask.request); before != nullptr) {
    ask.request.context = before->asked.request.context;
  } else if (ask.has_context && told != nullptr) {
    ask.request.context = told->context;
  }
  ask.request.ticket = Ticket{told_.size()};
  Told next{.asked = std::move(ask)};
  enter(next);
  last_[next.asked.client] = told_.size();
  tries_[{next.asked.request.key, next.asked.request.id}] = told_.size();
  told_.push_back(std::move(next));
  if (const auto done = perform(world_, told_.back().asked); !done) {
    is_told(told_.back(), {.outcome = Outcome::refused, .detail = done.error().detail});
  }
  world_.run_until(world_.now());  // so that it has arrived before the next line
}

void Audience::replied(const Reply& reply) {
  if (reply.ticket.raw() >= told_.size()) return;
  is_told(told_[reply.ticket.raw()], reply);
}

// The ledger hears of an unknown outcome only when nobody asks again any more.
void Audience::is_told(Told& told, const Reply& reply) {
  last_told_ = world_.now();
  told.reply = reply;
  told.replied_at = world_.now();
  const bool is_open = reply.outcome == Outcome::unknown ||
                       (reply.outcome == Outcome::refused && told.may_be_there);
  if (told.entry && !is_open) {
    ledger_.answered(*std::exchange(told.entry, {}), reply);
  }
  if (reply.outcome != Outcome::ok || told.asked.request.verb != Verb::get) return;
  told.values =
      values_in(reply.state, world_.machine(told.asked.node).wall(world_.now()));
}

void Audience::wait_for_all() {
  const Tick end = world_.now() + rules_.machine.node.coordinator.patience + Tick{1'000};
  const auto waits = [&] {
    return std::ranges::any_of(told_, [](const Told& told) { return !told.reply; });
  };
  while (waits() && world_.now() < end && world_.step()) {
  }
}

const Told* Audience::wait_for(const std::string& client) {
  if (told_.empty()) return nullptr;
  std::size_t which = told_.size() - 1;
  if (!client.empty()) {
    const auto at = last_.find(client);
    if (at == last_.end()) return nullptr;
    which = at->second;
  }
  const Tick end = world_.now() + rules_.machine.node.coordinator.patience + Tick{1'000};
  while (!told_[which].reply && world_.now() < end && world_.step()) {
  }
  return &told_[which];
}

// For a node that asks who it was, and copies what it lost: some hundred messages and
// syncs.
Tick Audience::patience() const {
  constexpr std::uint64_t kSteps = 200;
  constexpr Tick kLeast{2'000'000};
  const MachineRules& machine = rules_.machine;
  const std::uint64_t step = machine.node.hello_every.raw() +
                             rules_.calm.delay_max.raw() + machine.sync_max.raw() +
                             machine.read_max.raw();
  return std::max(kLeast, Tick{kSteps * step});
}

std::optional<Broken> Audience::judge() {
  heal(world_);
  wait_for_all();
  for (Told& told : told_) {
    if (const auto entry = std::exchange(told.entry, {})) {
      ledger_.gave_up(*entry, Outcome::unknown,
                      told.reply ? told.replied_at : kEndOfTime);
    }
  }
  Aftermath aftermath(world_, ledger_, rules_.policy, chance_);
  if (auto broken = aftermath.whole(world_.now() + patience())) return broken;
  constexpr Tick kQuiet{5'000};
  world_.run_until(world_.now() + kQuiet);
  if (auto broken = aftermath.converge()) return broken;
  return aftermath.checks();
}

std::vector<std::string> sorted(std::vector<std::string> values) {
  std::ranges::sort(values);
  return values;
}

std::vector<std::string> values_in(const KeyState& state, WallMs wall) {
  std::vector<std::string> values;
  for (const Version* version : visible(state, wall)) {
    const auto end = version->value.find_last_not_of('.');
    values.push_back(version->value.substr(0, end == std::string::npos ? end : end + 1));
  }
  return sorted(std::move(values));
}

std::string text_of(const ExpectAnswer& expect) {
  std::string answer(word_for(expect.answer));
  return expect.values ? with(std::move(answer), sorted(*expect.values)) : answer;
}

std::string text_of(const Told& told, bool with_values) {
  if (!told.reply) return "silence";
  switch (told.reply->outcome) {
    case Outcome::ok:
      return with_values ? with("ok", told.values) : "ok";
    case Outcome::refused:
      return "refused";
    case Outcome::unknown:
      break;
  }
  return "unknown";
}

}  // namespace kv
