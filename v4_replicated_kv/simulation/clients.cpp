#include "v4_replicated_kv/simulation/clients.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/versioning/recent_requests.hpp"

namespace kv {

namespace {

constexpr std::uint32_t kTriesMax = 3;

ClientId client_id(std::size_t who) {
  return ClientId{static_cast<std::uint32_t>(who)};
}

std::string name_of_client(std::size_t who) {
  return fmt::format("c{}", who + 1);
}

}  // namespace

Clients::Clients(World& world, const WorkRules& rules, std::uint64_t seed)
    : world_(world),
      rules_(rules),
      chance_(seed),
      ledger_(world, {.policy = rules.policy,
                      .quorum = rules.quorum,
                      .asked_again_after = rules.asked_again_after}),
      clients_(rules.clients) {
  for (std::size_t i = 0; i < rules.keys; ++i) ledger_.number_of(fmt::format("k{}", i));
  world_.on_reply = [this](NodeId /*node*/, const Reply& reply) { replied(reply); };
}

std::string Clients::value_of(WriteId id) const {
  std::string value = fmt::format("{}", id.raw());
  if (rules_.value_bytes_max > 0) {
    value.append(id.raw() * 2654435761 % rules_.value_bytes_max, '.');
  }
  return value;
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
  client.request = choose(who);
  client.number = ledger_.ask(client_id(who), name_of_client(who), client.request);
  send(who);
}

Request Clients::choose(std::size_t who) {
  const KeyNumber key{static_cast<std::uint32_t>(chance_.below(rules_.keys))};
  clients_[who].key = key;
  Request request{.key = ledger_.name_of(key)};
  const Ledger::Told* const told = ledger_.told(client_id(who), key);
  // Siblings: who writes has read before, or its write covers what nobody can name.
  const bool may_write = rules_.policy == Policy::last_write_wins || told != nullptr;
  if (may_write && leaves_time(key) && chance_.below(1000) < rules_.writes_per_mille) {
    const bool is_delete = chance_.below(8) == 0;
    request.verb = is_delete ? Verb::erase : Verb::put;
    if (!is_delete) request.value = value_of(ledger_.next_write());
    if (chance_.below(1000) < rules_.ids_per_mille) {
      request.id = RequestId{chance_.next() | 1U};
    }
    if (rules_.policy == Policy::siblings) request.context = told->context;
  }
  choose_level(request);
  return request;
}

void Clients::choose_level(Request& request) {
  Consistency& consistency = request.consistency;
  if (rules_.strength == Strength::linearizable) {
    const bool is_other = request.verb == Verb::get && chance_.below(5) == 0;
    consistency.level = is_other ? Level::quorum : Level::linearizable;
    return;
  }
  const bool is_weak = rules_.strength == Strength::weak && chance_.below(2) == 0;
  const std::size_t n = rules_.quorum.n;
  if (is_weak && chance_.below(2) == 0) {
    consistency.level = Level::one;
    return;
  }
  const std::uint64_t kind = chance_.below(10);
  const bool has_last_value = rules_.policy == Policy::last_write_wins;
  if (kind < 4) {
    consistency.level = Level::quorum;
  } else if (kind == 4) {
    consistency.level = Level::all;
  } else if (kind < 7 && has_last_value) {
    consistency.level = Level::linearizable;
  } else if (kind == 7) {
    const std::size_t from = is_weak ? 1 : majority(n);
    consistency.answers = from + chance_.below(n - from + 1);
  }
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
    if (client.tries == 0) client.tries_before = tries_[client.key];
    ++tries_[client.key];
  }
  if (++client.tries > 1) ledger_.ask_again(client.number, client.request);
  client.request.ticket = Ticket{next_ticket_++ * clients_.size() + who};
  const std::size_t first = chance_.below(world_.size());
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const NodeId node{static_cast<std::uint32_t>((first + i) % world_.size())};
    if (!world_.is_up(node)) continue;
    disregard(perform(world_, AskNode{.client = name_of_client(who),
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

void Clients::replied(const Reply& reply) {
  const std::size_t who = reply.ticket.raw() % clients_.size();
  const Client& client = clients_[who];
  if (client.is_busy && client.request.ticket == reply.ticket) answered(who, reply);
}

void Clients::answered(std::size_t who, const Reply& reply) {
  const Client& client = clients_[who];
  if (reply.outcome == Outcome::unknown) return unanswered(who, reply.detail);
  const bool is_refused = reply.outcome == Outcome::refused;
  if (is_refused && client.may_be_there) return unanswered(who, reply.detail);
  if (is_refused) count_.last_trouble = reply.detail;
  ledger_.answered(client.number, reply);
  is_done_with(who, reply.outcome);
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
  ledger_.gave_up(clients_[who].number, told);
  is_done_with(who, told);
}

void Clients::is_done_with(std::size_t who, Outcome told) {
  clients_[who].is_busy = false;
  --busy_;
  ++(told == Outcome::ok        ? count_.ok
     : told == Outcome::refused ? count_.refused
                                : count_.unknown);
  const Tick begin = world_.now() + Tick{1 + chance_.below(rules_.think_max.raw())};
  world_.at(begin, [this, who] { next(who); });
}

}  // namespace kv
