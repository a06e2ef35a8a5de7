#include "v4_replicated_kv/simulation/clients.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/recent_requests.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

namespace {

constexpr std::uint32_t kTriesMax = 3;

// What was never written by anybody.
constexpr WriteId kMadeUp{std::uint64_t{1} << 62};

}  // namespace

Clients::Clients(World& world, const WorkRules& rules, std::uint64_t seed)
    : world_(world), rules_(rules), chance_(seed), clients_(rules.clients) {
  world_.on_reply = [this](NodeId /*node*/, const Reply& reply) { replied(reply); };
  if (rules_.policy == Policy::siblings) {
    world_.on_message = [this](const Message& message) { learn(message); };
  }
}

std::string Clients::key_name(KeyNumber key) const {
  return fmt::format("k{}", key.raw());
}

std::string Clients::value_of(WriteId id) const {
  std::string value = fmt::format("{}", id.raw());
  if (rules_.value_bytes_max > 0) {
    value.append(id.raw() * 2654435761 % rules_.value_bytes_max, '.');
  }
  return value;
}

WriteId Clients::id_of(const std::string& value) const {
  std::uint64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  const WriteId id{number};
  return id < WriteId{next_write_} && value_of(id) == value ? id : kMadeUp;
}

Level Clients::level_of(std::size_t answers) const {
  if (answers >= rules_.quorum.n) return Level::all;
  return answers >= majority(rules_.quorum.n) ? Level::quorum : Level::one;
}

void Clients::start(std::size_t operations) {
  left_ = operations;
  count_ = {};
  for (std::size_t who = 0; who < clients_.size(); ++who) {
    const Tick begin = world_.now() + Tick{1 + chance_.below(rules_.think_max.raw())};
    world_.at(begin, [this, who] { next(who); });
  }
}

void Clients::next(std::size_t who) {
  if (left_ == 0 || clients_[who].is_busy) return;
  --left_;
  ++busy_;
  Client& client = clients_[who];
  client.is_busy = true;
  client.tries = 0;
  client.may_be_there = false;
  ClientOperation operation = choose(client);
  operation.client = ClientId{static_cast<std::uint32_t>(who)};
  operation.invoked = world_.now();
  client.number = history_.invoke(std::move(operation));
  send(who);
}

ClientOperation Clients::choose(Client& client) {
  ClientOperation operation;
  operation.key = KeyNumber{static_cast<std::uint32_t>(chance_.below(rules_.keys))};
  client.key = operation.key;
  Request request{.key = key_name(operation.key)};
  const auto told = client.told.find(operation.key);
  // Siblings: who writes has read before, or its write covers what nobody can name.
  const bool may_write =
      rules_.policy == Policy::last_write_wins || told != client.told.end();
  if (may_write && leaves_time(client.key) &&
      chance_.below(1000) < rules_.writes_per_mille) {
    operation.written = WriteId{next_write_++};
    const bool is_delete = chance_.below(8) == 0;
    operation.kind = is_delete ? OperationKind::remove : OperationKind::put;
    request.verb = is_delete ? Verb::erase : Verb::put;
    if (!is_delete) request.value = value_of(operation.written);
    if (chance_.below(1000) < rules_.ids_per_mille) {
      request.id = RequestId{chance_.next() | 1U};
      by_request_[request.id] = operation.written;
    }
    if (rules_.policy == Policy::siblings) {
      request.context = told->second.context;
      operation.covered = told->second.covered;
    }
  }
  choose_level(operation, request);
  client.request = std::move(request);
  return operation;
}

void Clients::choose_level(ClientOperation& operation, Request& request) {
  const auto take = [&](Level level) {
    operation.level = level;
    request.consistency.level = level;
  };
  if (rules_.strength == Strength::linearizable) {
    const bool is_other = !operation.is_write() && chance_.below(5) == 0;
    return take(is_other ? Level::quorum : Level::linearizable);
  }
  const bool is_weak = rules_.strength == Strength::weak && chance_.below(2) == 0;
  const std::size_t n = rules_.quorum.n;
  if (is_weak && chance_.below(2) == 0) return take(Level::one);
  const std::uint64_t kind = chance_.below(10);
  if (kind < 4) return take(Level::quorum);
  if (kind == 4) return take(Level::all);
  if (kind < 7 && rules_.policy == Policy::last_write_wins) {
    return take(Level::linearizable);
  }
  if (kind == 7) {
    const std::size_t from = is_weak ? 1 : majority(n);
    request.consistency.answers = from + chance_.below(n - from + 1);
    operation.level = level_of(*request.consistency.answers);
    return;
  }
  operation.level = level_of(operation.is_write() ? rules_.quorum.w : rules_.quorum.r);
}

// A key remembers its last requests, and no more: a retry after that is another write. So
// nobody asks again that late, and others wait with writes for who has asked again.
bool Clients::is_remembered(const Client& client) const {
  const auto tries = tries_.find(client.key);
  const std::size_t since =
      tries == tries_.end() ? 0 : tries->second - client.tries_before;
  return since + clients_.size() < kRecentRequestsMax;
}

bool Clients::leaves_time(KeyNumber key) const {
  return std::ranges::all_of(clients_, [&](const Client& client) {
    const bool asks_again =
        client.is_busy && client.key == key && client.tries > 0 && client.may_be_there;
    return !asks_again || is_remembered(client);
  });
}

// Where nobody takes it, it was not asked for.
void Clients::send(std::size_t who) {
  Client& client = clients_[who];
  if (client.request.verb != Verb::get) {
    if (client.tries == 1)
      asked_again_.insert(history_.operations()[client.number].written);
    if (client.tries == 0) client.tries_before = tries_[client.key];
    ++tries_[client.key];
  }
  ++client.tries;
  client.request.ticket = Ticket{next_ticket_++ * clients_.size() + who};
  const std::size_t first = chance_.below(world_.size());
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const NodeId node{static_cast<std::uint32_t>((first + i) % world_.size())};
    if (!world_.is_up(node)) continue;
    disregard(perform(world_, AskNode{.client = fmt::format("c{}", who + 1),
                                      .node = node,
                                      .request = client.request,
                                      .has_context = !client.request.context.empty()}));
    const Ticket ticket = client.request.ticket;
    world_.at(world_.now() + rules_.patience, [this, who, ticket] {
      const Client& waiting = clients_[who];
      if (waiting.is_busy && waiting.request.ticket == ticket) {
        unanswered(who, "silence");
      }
    });
    return;
  }
  count_.last_trouble = "no node is up";
  finish(who, client.may_be_there ? Outcome::unknown : Outcome::refused);
}

// Of two versions of one request a context may cover the one and not the other, which is
// hidden only while the request is remembered.
ClientHistory Clients::history_to_judge() const {
  ClientHistory judged;
  for (ClientOperation operation : history_.operations()) {
    std::erase_if(operation.covered,
                  [&](WriteId id) { return asked_again_.contains(id); });
    judged.add(operation);
  }
  return judged;
}

void Clients::replied(const Reply& reply) {
  const std::size_t who = reply.ticket.raw() % clients_.size();
  const Client& client = clients_[who];
  if (client.is_busy && client.request.ticket == reply.ticket) answered(who, reply);
}

void Clients::answered(std::size_t who, const Reply& reply) {
  Client& client = clients_[who];
  if (reply.outcome == Outcome::unknown) return unanswered(who, reply.detail);
  if (reply.outcome == Outcome::refused) {
    if (client.may_be_there) return unanswered(who, reply.detail);
    if (reply.trouble == Trouble::conflict) client.told.erase(client.key);
    count_.last_trouble = reply.detail;
    return finish(who, Outcome::refused);
  }
  const ClientOperation& operation = history_.operations()[client.number];
  if (rules_.policy == Policy::siblings) {
    learn(reply.state);
    client.told[client.key] = told_by(client.key, reply.context);
  } else if (operation.kind == OperationKind::remove) {
    by_dot_[reply.written.dot] = operation.written;
  }
  // An earlier try that only one owner holds may yet come to win, or to be seen beside what
  // replaced the later one. So a retry that is acknowledged is not held to be over.
  // Nor is one that took so long that its coordinator asked the maker of a sibling again: a
  // maker that was started anew meanwhile may have forgotten that it made one.
  const bool took_long = rules_.policy == Policy::siblings &&
                         world_.now() > operation.invoked + rules_.asked_again_after;
  const bool may_go_on = operation.is_write() && (client.tries > 1 || took_long);
  finish(who, Outcome::ok, may_go_on ? Outcome::unknown : Outcome::ok,
         operation.is_write() ? std::vector<WriteId>{} : seen_in(reply.state));
}

void Clients::unanswered(std::size_t who, const std::string& why) {
  Client& client = clients_[who];
  client.may_be_there = true;
  client.request.ticket = Ticket{next_ticket_++ * clients_.size() + who};  // no answer
  count_.last_trouble = why;
  if (client.request.id == RequestId{0} || client.tries == kTriesMax ||
      !is_remembered(client)) {
    return finish(who, Outcome::unknown);
  }
  const Tick again = world_.now() + Tick{1 + chance_.below(rules_.think_max.raw())};
  world_.at(again, [this, who] {
    if (is_remembered(clients_[who])) return send(who);
    finish(who, Outcome::unknown);
  });
}

void Clients::finish(std::size_t who, Outcome told) {
  finish(who, told, told, {});
}

void Clients::finish(std::size_t who, Outcome told, Outcome judged,
                     std::vector<WriteId> seen) {
  const ClientOperation& operation = history_.operations()[clients_[who].number];
  const bool took_long = world_.now() > operation.invoked + rules_.asked_again_after;
  if (took_long && operation.is_write()) asked_again_.insert(operation.written);
  clients_[who].is_busy = false;
  --busy_;
  ++(told == Outcome::ok        ? count_.ok
     : told == Outcome::refused ? count_.refused
                                : count_.unknown);
  history_.finish(clients_[who].number, world_.now(), judged, std::move(seen));
  const Tick begin = world_.now() + Tick{1 + chance_.below(rules_.think_max.raw())};
  world_.at(begin, [this, who] { next(who); });
}

std::vector<WriteId> Clients::seen_in(const KeyState& state) const {
  std::vector<WriteId> seen;
  for (const Version* version : visible(state, WallMs{0})) {
    seen.push_back(id_of(version->value));
  }
  if (rules_.policy == Policy::siblings || !seen.empty()) return seen;
  if (state.versions.empty()) return {kNeverWritten};
  const Version& version = state.versions.front();
  // A value that was not shown is one that nobody saw, whatever the state knows of it.
  if (version.kind == Kind::value) return {kNeverWritten};
  const auto request = by_request_.find(version.request);
  if (request != by_request_.end()) return {request->second};
  const auto dot = by_dot_.find(version.dot());
  if (dot != by_dot_.end()) return {dot->second};
  return {};
}

Clients::Told Clients::told_by(KeyNumber key, const std::string& context) const {
  Told told{.context = context, .covered = {}};
  const auto history = parse_context(context, world_.hash_of(key_name(key)));
  if (!history) return told;
  for (const auto& [dot, id] : by_dot_) {
    if (history->covers(dot)) told.covered.push_back(id);
  }
  return told;
}

// New siblings have a name from here on.
void Clients::learn(const Message& message) {
  if (const auto* const minted = std::get_if<Minted>(&message.body)) {
    learn(minted->state);
  } else if (const auto* const push = std::get_if<Push>(&message.body)) {
    learn(push->state);
  } else if (const auto* const held = std::get_if<Held>(&message.body)) {
    if (held->state) learn(*held->state);
  }
}

void Clients::learn(const KeyState& state) {
  for (const Version& version : state.versions) {
    by_dot_[version.dot()] = id_of(version.value);
  }
}

}  // namespace kv
