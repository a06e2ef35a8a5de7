#include "v4_replicated_kv/replication/coordinator.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/replication/listing.hpp"
#include "v4_replicated_kv/replication/read.hpp"
#include "v4_replicated_kv/replication/register_write.hpp"
#include "v4_replicated_kv/replication/sibling_write.hpp"
#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/expiry.hpp"

namespace kv {

Coordinator::Coordinator(NodeId self, std::shared_ptr<const RingState> ring,
                         const ReplicaRules& replica_rules, const CoordinatorRules& rules,
                         Replica& replica, std::uint64_t seed)
    : self_(self),
      ring_(std::move(ring)),
      replica_rules_(replica_rules),
      rules_(rules),
      replica_(replica),
      chance_(seed),
      next_id_(chance_.next()) {}

void Coordinator::start(Request&& request, Desk& desk) {
  const Ticket ticket = request.ticket;
  auto operation = operation_for(request, desk);
  if (!operation) {
    desk.out.reply.push_back({.ticket = ticket,
                              .outcome = Outcome::refused,
                              .trouble = trouble_of(operation.error()),
                              .detail = operation.error().detail});
    return;
  }
  if (*operation == nullptr) return;  // answered already
  const OperationId id = (*operation)->call().id;
  Operation& started = *operations_.emplace(id, *std::move(operation)).first->second;
  started.begin(desk);
  alarms_.add({.at = started.wake(), .operation = id});
  settle(id);
}

Result<Coordinator::OperationPtr> Coordinator::operation_for(Request& request,
                                                             Desk& desk) {
  if (request.verb == Verb::list) return list_for(request, desk);
  if (request.key.empty() || request.key.size() > rules_.key_bytes_max) {
    return fail(Errc::too_large, fmt::format("a key has 1 to {} bytes, not {}",
                                             rules_.key_bytes_max, request.key.size()));
  }
  const std::size_t n = ring_->table.copies();
  const bool is_read = request.verb == Verb::get;
  const auto demand =
      demand_of(request.consistency, n, is_read ? rules_.quorum.r : rules_.quorum.w);
  if (!demand) return std::unexpected(demand.error());
  if (demand->linearizable && replica_rules_.state.policy == Policy::siblings) {
    return fail(Errc::bad_usage, "siblings have no last value, so no linearizable one");
  }
  const Tick patience = request.patience == Tick{} ? rules_.patience : request.patience;
  const KeyHash hash = hash_key(replica_rules_.hash, request.key);
  Call call{.id = OperationId{next_id_++},
            .ticket = request.ticket,
            .key = std::move(request.key),
            .hash = hash,
            .owners = Owners(ring_->table.owners(hash)),
            .demand = *demand,
            .deadline = desk.at.now + patience,
            .again_every = rules_.again_every + time_to_send(request.value.size())};
  if (!is_read) return write_for(request, std::move(call), desk);
  return read_for(std::move(call), desk);
}

Coordinator::OperationPtr Coordinator::read_for(Call call, Desk& desk) {
  const bool ask_all = call.owners.size() > 1 && rules_.repair_one_in > 0 &&
                       chance_.below(rules_.repair_one_in) == 0;
  if (!ask_all && is_answered_here(call, desk)) return nullptr;
  return std::make_unique<Read>(
      std::move(call), replica_rules_.state,
      ReadRules{.ask_all = ask_all, .hedge_after = rules_.hedge_after});
}

// What one copy may answer, and this node's is in memory. Where siblings are kept a copy waits
// for its disk before it tells of them; and of what this one lacks others may know.
bool Coordinator::is_answered_here(const Call& call, Desk& desk) {
  if (call.demand.answers != 1 || call.demand.linearizable) return false;
  if (replica_rules_.state.policy == Policy::siblings) return false;
  if (!call.owners.place_of(self_)) return false;
  auto held = replica_.in_memory(call.hash, call.key);
  if (!held || (held->empty() && call.owners.size() > 1)) return false;
  auto loan = desk.room.lend(value_bytes(*held));
  if (!loan) return false;
  desk.out.reply.push_back({.ticket = call.ticket,
                            .outcome = Outcome::ok,
                            .answers = 1,
                            .needed = 1,
                            .state = *std::move(held),
                            .loans = {*std::move(loan)}});
  return true;
}

Result<Coordinator::OperationPtr> Coordinator::list_for(Request& request,
                                                        const Desk& desk) {
  if (request.key.size() > kKeyBytesMax) {
    return fail(Errc::too_large, fmt::format("a prefix has at most {} bytes, not {}",
                                             kKeyBytesMax, request.key.size()));
  }
  if (request.limit == 0 || request.limit > kListedKeysMax) {
    return fail(Errc::bad_usage, fmt::format("a page has 1 to {} keys, not {}",
                                             kListedKeysMax, request.limit));
  }
  const std::size_t n = ring_->table.copies();
  // So many that they share an owner with each write that the cluster's W, or a majority,
  // acknowledged.
  const std::size_t acks = std::min(rules_.quorum.w, majority(n));
  const auto demand = demand_of(request.consistency, n, n - acks + 1);
  if (!demand) return std::unexpected(demand.error());
  if (demand->linearizable) {
    return fail(Errc::bad_usage, "a list is of many keys: it has no linearizable level");
  }
  const Tick patience = request.patience == Tick{} ? rules_.patience : request.patience;
  Call call{.id = OperationId{next_id_++},
            .ticket = request.ticket,
            .key = std::move(request.key),
            .hash = request.from,
            .owners = Owners(ring_->table.owners(request.from)),
            .demand = *demand,
            .deadline = desk.at.now + patience,
            .again_every = rules_.again_every};
  return std::make_unique<Listing>(std::move(call), ring_,
                                   ListingRules{.state = replica_rules_.state,
                                                .hash = replica_rules_.hash,
                                                .limit = request.limit,
                                                .page_bytes = replica_rules_.page_bytes});
}

Result<Version> Coordinator::draft_of(Request& request, const Desk& desk) const {
  if (request.value.size() > rules_.value_bytes_max) {
    return fail(Errc::too_large,
                fmt::format("the value has {} bytes, and may have {}",
                            request.value.size(), rules_.value_bytes_max));
  }
  Version draft{.at = {}, .request = request.id};
  if (request.verb == Verb::erase) {
    draft.kind = Kind::tombstone;
    return draft;
  }
  draft.value = std::move(request.value);
  if (request.ttl_ms == 0) return draft;
  const auto expires = expiry_after(desk.at.wall, request.ttl_ms);
  if (!expires) return std::unexpected(expires.error());
  draft.expires = *expires;
  return draft;
}

Result<Coordinator::OperationPtr> Coordinator::write_for(Request& request, Call call,
                                                         const Desk& desk) {
  auto draft = draft_of(request, desk);
  if (!draft) return std::unexpected(draft.error());
  std::optional<History> context;
  if (!request.context.empty()) {
    auto parsed = parse_context(request.context, call.hash);
    if (!parsed) return std::unexpected(parsed.error());
    context = *std::move(parsed);
  }
  if (replica_rules_.state.policy == Policy::siblings) {
    return sibling_write(std::move(call), *std::move(draft), std::move(context), desk);
  }
  // Of no use to registers; but what is none at all is a mistake of the client's.
  return register_write(std::move(call), *std::move(draft));
}

Coordinator::OperationPtr Coordinator::register_write(Call call, Version draft) const {
  const std::size_t n = call.owners.size();
  // It surely shares an owner with puts like itself, and with those that waited for the
  // cluster's own W. Where reading R owners would not find those either, it is no use.
  const Quorum& own = rules_.quorum;
  const bool meets_own = call.demand.answers + own.w > n || own.r + own.w <= n;
  const bool meets_writes = 2 * call.demand.answers > n && meets_own;
  std::size_t reads = 0;
  if (!meets_writes) reads = rules_.quorum.r;
  // Its first counter is above all that a majority has acknowledged. So what replaced it when
  // a retry finds it replaced came later, or at the same time, and it need not be made anew.
  if (meets_writes && draft.request != RequestId{0}) {
    reads = std::max(rules_.quorum.r, majority(n));
  }
  if (call.demand.linearizable) {
    reads = meets_writes ? majority(n) : std::max(reads, majority(n));
  }
  const std::uint64_t above =
      call.owners.place_of(self_) ? replica_.last_counter(call.hash, call.key) : 0;
  return std::make_unique<RegisterWrite>(std::move(call), std::move(draft), reads, above);
}

Coordinator::OperationPtr Coordinator::sibling_write(Call call, Version draft,
                                                     std::optional<History> context,
                                                     const Desk& desk) const {
  std::size_t reads = rules_.quorum.r;
  if (draft.request == RequestId{0}) {
    // A message may come twice, and must not make two siblings.
    draft.request = RequestId{call.id.raw()};
  } else {
    // So that a retry meets its first try, if a majority has that.
    reads = std::max(reads, majority(call.owners.size()));
  }
  const PartitionId partition = ring_->table.partition(call.hash);
  const auto own = call.owners.place_of(desk.self);
  // In the row's order: where this node is no maker, it does not come first.
  const AskingOrder others(call.owners, call.owners.at(0), desk.suspects);
  const std::size_t maker = own && replica_.counts(partition) ? *own : others.at(0);
  return std::make_unique<SiblingWrite>(std::move(call), std::move(draft),
                                        std::move(context), reads, maker);
}

void Coordinator::answer(Message&& message, Desk& desk) {
  const OperationId id = message.operation;
  const auto at = operations_.find(id);
  if (at == operations_.end() || at->second->round() != message.round) return;
  const auto place = at->second->call().owners.place_of(message.from);
  if (!place) return;
  at->second->heard_from(*place, std::move(message), desk);
  settle(id);
}

void Coordinator::lost(const Message& message, Desk& desk) {
  const auto at = operations_.find(message.operation);
  if (at == operations_.end() || at->second->round() != message.round) return;
  const auto place = at->second->call().owners.place_of(message.to);
  if (!place) return;
  at->second->bounced(*place, desk);
  settle(message.operation);
}

void Coordinator::suspected(NodeId node, Desk& desk) {
  for (auto at = operations_.begin(); at != operations_.end();) {
    Operation& operation = *at->second;
    const auto place = operation.call().owners.place_of(node);
    if (place) operation.suspected(*place, desk);
    at = operation.is_done() ? operations_.erase(at) : std::next(at);
  }
}

void Coordinator::go_on(Desk& desk) {
  while (const auto turn = desk.room.next()) {
    const auto at = operations_.find(turn->id);
    if (at != operations_.end()) at->second->has_room(turn->loan, desk);
  }
}

void Coordinator::settle(OperationId id) {
  const auto at = operations_.find(id);
  if (at != operations_.end() && at->second->is_done()) operations_.erase(at);
}

void Coordinator::time(Desk& desk) {
  while (!alarms_.empty() && alarms_.first().at <= desk.at.now) {
    const OperationId id = alarms_.take_first().operation;
    const auto at = operations_.find(id);
    if (at == operations_.end()) continue;
    at->second->time(desk);
    if (at->second->is_done()) {
      operations_.erase(at);
    } else {
      alarms_.add({.at = at->second->wake(), .operation = id});
    }
  }
}

void Coordinator::stop(Desk& desk) {
  for (const auto& [id, operation] : operations_) operation->abandon(desk);
  operations_.clear();
  alarms_ = {};
}

std::optional<Tick> Coordinator::wake() const {
  if (alarms_.empty()) return std::nullopt;
  return alarms_.first().at;
}

}  // namespace kv
