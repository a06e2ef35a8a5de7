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

Audience::Audience(World& world, const WorldRules& rules) : world_(world), rules_(rules) {
  world_.on_reply = [this](NodeId /*node*/, const Reply& reply) { replied(reply); };
}

Result<void> Audience::ask(AskNode ask) {
  ask.request.ticket = Ticket{told_.size()};
  if (ask.has_context) {
    ask.request.context = contexts_[{ask.client, ask.request.key}];
  }
  auto done = perform(world_, ask);
  if (!done) return done;
  last_[ask.client] = told_.size();
  told_.push_back({.asked = std::move(ask)});
  world_.run_until(world_.now());  // so that it has arrived before the next line
  return {};
}

void Audience::replied(const Reply& reply) {
  if (reply.ticket.raw() >= told_.size()) return;
  Told& told = told_[reply.ticket.raw()];
  told.reply = reply;
  auto& context = contexts_[{told.asked.client, told.asked.request.key}];
  if (reply.trouble == Trouble::conflict) context.clear();
  if (reply.outcome != Outcome::ok) return;
  context = reply.context;
  const WallMs wall = world_.machine(told.asked.node).wall(world_.now());
  if (told.asked.request.verb == Verb::get) told.values = values_in(reply.state, wall);
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

// Filled in with the promises below.
std::optional<Broken> Audience::judge() {
  heal(world_);
  return {};
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
