#include "v4_replicated_kv/simulation/ledger.hpp"

#include <algorithm>
#include <variant>

#include "v4_replicated_kv/simulation/message_text.hpp"
#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

namespace {

// What was never written by anybody.
constexpr WriteId kMadeUp{std::uint64_t{1} << 62};

Level weaker(Level a, Level b) {
  if (a == Level::one || b == Level::one) return Level::one;
  return a == Level::all ? b : a;
}

}  // namespace

Ledger::Ledger(World& world, const LedgerRules& rules) : world_(world), rules_(rules) {
  if (rules_.policy == Policy::siblings) {
    world_.on_message([this](const Message& message) { learn(message); });
  }
}

KeyNumber Ledger::number_of(const std::string& key) {
  const KeyNumber next{static_cast<std::uint32_t>(keys_.size())};
  const auto [at, is_new] = numbers_.emplace(key, next);
  if (is_new) keys_.push_back(key);
  return at->second;
}

WriteId Ledger::id_of(const std::string& value) const {
  const auto at = by_value_.find(value);
  return at == by_value_.end() ? kMadeUp : at->second;
}

std::size_t Ledger::answers_to(const Request& request) const {
  const std::size_t own = request.verb == Verb::get ? rules_.quorum.r : rules_.quorum.w;
  const auto demand = demand_of(request.consistency, rules_.quorum.n, own);
  return demand ? demand->answers : 0;
}

Level Ledger::level_for(std::size_t answers) const {
  if (answers >= rules_.quorum.n) return Level::all;
  return answers >= majority(rules_.quorum.n) ? Level::quorum : Level::one;
}

Level Ledger::level_of(const Request& request) const {
  if (request.consistency.level) return *request.consistency.level;
  return level_for(answers_to(request));
}

// A register's put reads first where it may miss those that waited for as many as itself,
// or for the cluster's own W, and one with an id does too.
Level Ledger::heard_by(const Request& request) const {
  const auto& [n, r, w] = rules_.quorum;
  const std::size_t answers = answers_to(request);
  const bool meets_own = answers + w > n || r + w <= n;
  std::size_t reads = 0;
  if (2 * answers <= n || !meets_own) {
    reads = r;
  } else if (request.id != RequestId{0}) {
    reads = std::max(r, majority(n));
  }
  return level_for(std::max(answers, reads));
}

std::size_t Ledger::ask(ClientId client, const std::string& name,
                        const Request& request) {
  const ClientId alone{static_cast<std::uint32_t>(entries_.size())};
  ClientOperation operation{.client = rules_.asks_at_once ? alone : client,
                            .who = name,
                            .value = word(request.value),
                            .key = number_of(request.key),
                            .level = level_of(request),
                            .invoked = world_.now()};
  const bool is_write = request.verb != Verb::get;
  const bool reads_first =
      is_write && rules_.policy == Policy::siblings && request.context.empty();
  if (is_write) {
    const bool is_delete = request.verb == Verb::erase;
    operation.kind = is_delete ? OperationKind::remove : OperationKind::put;
    if (rules_.policy == Policy::last_write_wins) operation.heard = heard_by(request);
    operation.written = next_write_;
    next_write_ = WriteId{next_write_.raw() + 1};
    if (!is_delete) by_value_[request.value] = operation.written;
    if (request.id != RequestId{0}) {
      by_request_[{operation.key, request.id}] = operation.written;
    }
    const Told* const before = told(client, operation.key);
    if (reads_first) {
      operation.covered = surely_found(operation, request);
    } else if (before != nullptr) {
      operation.covered = before->covered;
    }
  }
  entries_.push_back({.client = client,
                      .level = operation.level,
                      .heard = operation.heard,
                      .reads_first = reads_first,
                      .lives = lives_of_owners(operation.key)});
  return history_.invoke(std::move(operation));
}

// A write without a context replaces what its coordinator reads: at least what was
// acknowledged by then, and by so many that the read cannot miss it.
std::vector<WriteId> Ledger::surely_found(const ClientOperation& write,
                                          const Request& request) const {
  const auto& [n, r, w] = rules_.quorum;
  const Level read = level_for(request.id == RequestId{0} ? r : std::max(r, majority(n)));
  std::vector<WriteId> ids;
  for (const ClientOperation& one : history_.operations()) {
    const bool is_there = one.returned && one.outcome == Outcome::ok;
    if (one.key != write.key || !one.is_write() || !is_there) continue;
    if (meet(one.level, read)) ids.push_back(one.written);
  }
  return ids;
}

void Ledger::ask_again(std::size_t number, const Request& request) {
  Entry& entry = entries_[number];
  ++entry.tries;
  const ClientOperation& first = history_.operations()[number];
  if (request.verb == Verb::put) by_value_.emplace(request.value, first.written);
  if (entry.heard) entry.heard = weaker(*entry.heard, heard_by(request));
  if (first.returned || level_of(request) == entry.level) return;
  const Level level = level_of(request);
  entry.level =
      level == Level::linearizable ? Level::quorum : level;  // not all of it was
}

std::uint64_t Ledger::lives_of_owners(KeyNumber key) const {
  std::uint64_t lives = 0;
  for (const NodeId owner : world_.ring().table.owners(world_.hash_of(name_of(key)))) {
    lives += world_.machine(owner).life();
  }
  return lives;
}

void Ledger::answered(std::size_t number, const Reply& reply) {
  const ClientOperation& operation = history_.operations()[number];
  if (reply.outcome == Outcome::refused) {
    if (reply.trouble == Trouble::conflict)
      told_.erase({entries_[number].client, operation.key});
    return gave_up(number, Outcome::refused);
  }
  if (rules_.policy == Policy::siblings) {
    learn(reply.state);
    Told told = told_by(operation.key, reply.context);
    Entry& entry = entries_[number];
    if (entry.reads_first && entry.tries == 1) entry.found = told.covered;
    told_[{entry.client, operation.key}] = std::move(told);
  } else if (operation.kind == OperationKind::remove) {
    by_dot_[reply.written.dot] = operation.written;
  }
  finish(number, Outcome::ok,
         operation.is_write() ? std::vector<WriteId>{}
                              : seen_in(operation.key, reply.state));
}

void Ledger::gave_up(std::size_t number, Outcome outcome, Tick told) {
  entries_[number].read_by = told;
  finish(number, outcome, {});
}

void Ledger::finish(std::size_t number, Outcome judged, std::vector<WriteId> seen) {
  entries_[number].lives_then = lives_of_owners(history_.operations()[number].key);
  history_.finish(number, world_.now(), judged, std::move(seen));
}

const Ledger::Told* Ledger::told(ClientId client, KeyNumber key) const {
  const auto at = told_.find({client, key});
  return at == told_.end() ? nullptr : &at->second;
}

// Whether there may be two versions of a write. An earlier try that only one owner holds
// may yet come to win, or to be seen beside what replaced the later one. And one that
// took long was asked for again by its coordinator: a maker of siblings that was started
// anew meanwhile may have forgotten that it made one. Where nothing was acknowledged,
// "meanwhile" has no end.
bool Ledger::may_return(std::size_t number) const {
  const ClientOperation& operation = history_.operations()[number];
  const Entry& entry = entries_[number];
  if (!operation.is_write()) return false;
  if (entry.tries > 1) return true;
  if (rules_.policy != Policy::siblings) return false;
  if (!operation.returned || operation.outcome != Outcome::ok) {
    return lives_of_owners(operation.key) != entry.lives;
  }
  const bool took_long =
      *operation.returned > operation.invoked + rules_.asked_again_after;
  return took_long && entry.lives_then != entry.lives;
}

ClientHistory Ledger::to_judge() const {
  ClientHistory judged;
  const auto since = [&](Tick at) { return Tick{at.raw() - rules_.origin.raw()}; };
  for (std::size_t number = 0; number < entries_.size(); ++number) {
    ClientOperation operation = history_.operations()[number];
    const Entry& entry = entries_[number];
    operation.may_return = may_return(number);
    operation.level = entry.level;
    operation.heard = entry.heard;
    operation.invoked = since(operation.invoked);
    if (operation.returned) operation.returned = since(*operation.returned);
    if (entry.found) operation.covered = *entry.found;
    const bool is_known = entry.found && entry.tries == 1;
    if (entry.reads_first && !is_known) {
      operation.read_by = since(entry.tries == 1 ? entry.read_by : kEndOfTime);
    }
    judged.add(operation);
  }
  return judged;
}

std::vector<WriteId> Ledger::seen_in(KeyNumber key, const KeyState& state) const {
  std::vector<WriteId> seen;
  for (const Version* version : visible(state, WallMs{0})) {
    seen.push_back(id_of(version->value));
  }
  if (rules_.policy == Policy::siblings || !seen.empty()) return seen;
  if (state.versions.empty()) return {kNeverWritten};
  const Version& version = state.versions.front();
  // A value that was not shown is one that nobody saw, whatever the state knows of it.
  if (version.kind == Kind::value) return {kNeverWritten};
  const auto request = by_request_.find({key, version.request});
  if (request != by_request_.end()) return {request->second};
  const auto dot = by_dot_.find(version.dot());
  if (dot != by_dot_.end()) return {dot->second};
  return {};
}

Ledger::Told Ledger::told_by(KeyNumber key, const std::string& context) const {
  Told told{.context = context, .covered = {}};
  const auto history = parse_context(context, world_.hash_of(name_of(key)));
  if (!history) return told;
  for (const auto& [dot, id] : by_dot_) {
    if (history->covers(dot)) told.covered.push_back(id);
  }
  return told;
}

// New siblings have a name from here on.
void Ledger::learn(const Message& message) {
  if (const auto* const minted = std::get_if<Minted>(&message.body)) {
    learn(minted->state);
  } else if (const auto* const push = std::get_if<Push>(&message.body)) {
    learn(push->state);
  } else if (const auto* const held = std::get_if<Held>(&message.body)) {
    if (held->state) learn(*held->state);
  }
}

void Ledger::learn(const KeyState& state) {
  for (const Version& version : state.versions) {
    by_dot_[version.dot()] = id_of(version.value);
  }
}

}  // namespace kv
