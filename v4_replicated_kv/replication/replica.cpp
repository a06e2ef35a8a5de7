#include "v4_replicated_kv/replication/replica.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/check.hpp"
#include "v4_replicated_kv/replication/value_room.hpp"
#include "v4_replicated_kv/versioning/admission.hpp"
#include "v4_replicated_kv/versioning/register.hpp"

namespace kv {

namespace {

// How far this actor's numbers go in what is known of a key: the next is to be above it.
std::uint64_t last_seq_of(ActorId actor, const History& history) {
  std::uint64_t last = history.vector().at(actor);
  for (const Dot& dot : history.dots()) {
    if (dot.actor == actor) last = std::max(last, dot.seq);
  }
  return last;
}

}  // namespace

KeyHash Replica::hash_of(const std::string& key) const {
  return hash_key(rules_.hash, key);
}

Floors Replica::floors_of(KeyHash hash) const {
  const Index& index = engine_.index();
  return {.counter = index.counter_floor(index.partition_of(hash)),
          .reaped_counter = 0,
          .reaped_dots = {}};
}

Result<StoredState> Replica::load(KeyHash hash, const std::string& key, Part part) {
  return load_state(engine_, rules_.state, hash, key, part,
                    fetched_ ? &*fetched_ : nullptr);
}

Result<Written> Replica::store(KeyHash hash, const std::string& key,
                               const KeyState& state) {
  auto written = store_state(engine_, rules_.state, rules_.compression, hash, key, state);
  if (written) unreadable_.erase(key);
  return written;
}

std::uint64_t Replica::last_counter(KeyHash hash, const std::string& key) const {
  return last_counter(hash, engine_.index().find(hash, key));
}

std::uint64_t Replica::last_counter(KeyHash hash, const IndexEntry* entry) const {
  const std::uint64_t held = entry == nullptr ? 0 : entry->version.counter;
  return std::max(held, floors_of(hash).counter);
}

std::optional<KeyState> Replica::in_memory(KeyHash hash, const std::string& key) {
  if (!counts(engine_.index().partition_of(hash))) return std::nullopt;
  auto held = load(hash, key, Part::whole);
  if (!held || held->cold) return std::nullopt;
  return std::move(held->state);
}

void Replica::count_nothing() {
  for (std::uint32_t id = 0; id < engine_.index().partitions(); ++id) {
    uncounted_.insert(PartitionId{id});
  }
}

void Replica::heard_of(ActorId actor, std::uint64_t reserved) {
  if (actor == ActorId{} || actor == dots_.actor()) return;
  horizon_.raise({.actor = actor, .seq = plausible_to(reserved)});
}

void Replica::handle(const Message& request, Effects& out) {
  std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        constexpr bool is_request =
            std::is_same_v<Body, Offer> || std::is_same_v<Body, Mint> ||
            std::is_same_v<Body, Push> || std::is_same_v<Body, Ask> ||
            std::is_same_v<Body, Pull> || std::is_same_v<Body, List>;
        if constexpr (is_request) on(request, body, out);
      },
      request.body);
}

void Replica::on(const Message& request, const Offer& offer, Effects& out) {
  const KeyHash hash = hash_of(offer.key);
  if (no_room_.has(request)) {
    return refuse(request, {Errc::disk_full, "there was no room for it before"}, out);
  }
  auto held = load(hash, offer.key, Part::head);
  if (!held) return refuse(request, held.error(), out);
  if (held->cold) return park(request, offer.key, *std::move(held), out);
  const bool had_it = held->state.holds(offer.version.dot());
  const OfferVerdict verdict = kv::offer(held->state, offer.version, floors_of(hash));
  const bool is_replaced = newest(held->state) > offer.version.at;
  if (!verdict.accepted && !(offer.older_is_fine && is_replaced)) {
    // The same once more: it was taken, and its acknowledgement waits for the disk. A refusal
    // would overtake that, and have the writer begin anew for ever where disks are slow.
    if (will_answer(request)) return;
    return out.send.push_back(
        answer_to(request, Stored{.storing = Storing::refused, .above = verdict.above}));
  }
  const bool is_new = !had_it && held->state.holds(offer.version.dot());
  if (is_new) {
    const auto written = store(hash, offer.key, held->state);
    if (!written) {
      // The coordinator takes it for a proof that this is not stored, nor ever will be.
      if (written.error().code == Errc::disk_full) no_room_.add(request);
      return refuse(request, written.error(), out);
    }
    held->seq = written->seq;
  }
  answer_once_durable(request, held->seq, hash, out);
}

// The client's put or delete becomes part of the state, under a number of this owner's, and
// the answer is what the client has seen now. A request that is known changes nothing.
Result<History> Replica::make(const Mint& mint, KeyState& state, const Floors& floors) {
  VersionVector horizon = horizon_;
  horizon.raise({.actor = dots_.actor(), .seq = dots_.issued()});
  const auto dot = dots_.next(last_seq_of(dots_.actor(), state.seen));
  if (!dot) return fail(Errc::stopped, "no numbers: try again");
  const auto counter = next_counter(state, floors);
  if (!counter) return std::unexpected(counter.error());
  Version version = mint.draft;
  version.at = {.counter = *counter, .dot = *dot};
  if (version.kind == Kind::value) {
    return put(state, std::move(version), mint.context, horizon, rules_.siblings);
  }
  return remove(state, mint.context, horizon, {.at = version.at, .id = version.request});
}

// Makes it here, and nowhere else at the same time.
void Replica::on(const Message& request, const Mint& mint, Effects& out) {
  const KeyHash hash = hash_of(mint.key);
  if (!counts(engine_.index().partition_of(hash))) {
    return refuse(request, {Errc::stopped, "this owner is catching up: ask another"},
                  out);
  }
  auto held = load(hash, mint.key, Part::whole);
  if (!held) return refuse(request, held.error(), out);
  if (held->cold) return park(request, mint.key, *std::move(held), out);
  const bool is_known = held->state.recent.find(mint.draft.request).has_value();
  if (mints_.has(request) && !is_known) return;
  auto seen = make(mint, held->state, floors_of(hash));
  if (!seen) return refuse(request, seen.error(), out);
  if (!is_known) {
    const auto written = store(hash, mint.key, held->state);
    if (!written) return refuse(request, written.error(), out);
    held->seq = written->seq;
  }
  mints_.add(request);
  // Nobody hears of the new dot before this disk has it. A maker that forgot one that others
  // hold would give the next one, and count that other as seen.
  send_once_durable(answer_to(request, Minted{.state = std::move(held->state),
                                              .context = *std::move(seen)}),
                    held->seq, out);
  answer_once_durable(request, held->seq, hash, out);
}

// Of what is long it says how long it is, and to who wants no more than that it is not copied.
void Replica::on(const Message& request, const Ask& ask, Effects& out) {
  const KeyHash hash = hash_of(ask.key);
  const PartitionId partition = engine_.index().partition_of(hash);
  if (!counts(partition)) {
    return refuse(request, {Errc::stopped, "this owner is catching up"}, out);
  }
  const IndexEntry* const entry = engine_.index().find(hash, ask.key);
  kv::Held told{.digest = entry == nullptr ? 0 : entry->digest,
                .counter = last_counter(hash, entry)};
  const std::uint64_t seq = entry == nullptr ? 0 : entry->seq;
  const auto is_too_long = [&](std::size_t bytes) {
    return ask.short_only && bytes > kLongValue;
  };
  if (ask.detail == Detail::state && is_too_long(bytes_in_memory(entry))) {
    told.long_bytes = bytes_in_memory(entry);
  } else if (ask.detail == Detail::state) {
    auto held = load(hash, ask.key, Part::whole);
    if (!held) return refuse(request, held.error(), out);
    if (held->cold) return park(request, ask.key, *std::move(held), out);
    if (is_too_long(value_bytes(held->state))) {
      told.long_bytes = value_bytes(held->state);
    } else {
      told.state = std::move(held->state);
    }
  }
  if (ask.durable) told.served = lives_.owners_of(partition);
  // Who is told no value counts the digest as a copy.
  const bool must_wait = ask.durable || !told.state || tells_of_its_own_dots();
  send_once_durable(answer_to(request, std::move(told)), must_wait ? seq : 0, out);
}

void Replica::park(const Message& request, const std::string& key, StoredState held,
                   Effects& out) {
  const ReadTicket ticket{next_read_++};
  parked_.emplace(ticket, Parked{.request = request, .key = key, .seq = held.seq});
  out.read.push_back(
      {.ticket = ticket, .from = *std::move(held.cold), .key = key, .seq = held.seq});
}

// As if the request came now: the key may have changed meanwhile.
void Replica::value_read(ReadTicket ticket, Result<std::string> value, Effects& out) {
  const auto at = parked_.find(ticket);
  if (at == parked_.end()) return;
  const Parked parked = std::move(at->second);
  parked_.erase(at);
  if (value) {
    fetched_ = FetchedValue{.seq = parked.seq, .bytes = *std::move(value)};
    handle(parked.request, out);
    fetched_.reset();
    return;
  }
  if (value.error().code == Errc::corrupt) unreadable_.insert(parked.key);
  const bool may_mend = std::holds_alternative<Push>(parked.request.body);
  if (may_mend && unreadable_.contains(parked.key)) return handle(parked.request, out);
  refuse(parked.request, value.error(), out);
}

// Says why a request was not served, in the words of its kind. Nothing is said of a wish for
// a sibling that comes once more: it may have been granted the first time, and if it was not
// that was said then, and stays so.
void Replica::refuse(const Message& request, const Error& error, Effects& out) {
  if (std::holds_alternative<Mint>(request.body) && !mints_.add(request)) return;
  if (std::holds_alternative<Ask>(request.body)) {
    out.send.push_back(answer_to(request, kv::Held{.error = error}));
  } else if (const auto* const pull = std::get_if<Pull>(&request.body)) {
    out.send.push_back(answer_to(
        request, Page{.partition = pull->partition, .entries = {}, .error = error}));
  } else if (std::holds_alternative<List>(request.body)) {
    out.send.push_back(answer_to(request, Listed{.entries = {}, .error = error}));
  } else {
    out.send.push_back(
        answer_to(request, Stored{.storing = Storing::failed, .error = error}));
  }
}

bool Replica::will_answer(const Message& request) const {
  return std::ranges::any_of(waiting_, [&](const Waiting& waiting) {
    const Message& answer = waiting.answer;
    return answer.to == request.from && answer.operation == request.operation &&
           answer.round == request.round;
  });
}

void Replica::answer_once_durable(const Message& request, std::uint64_t seq, KeyHash hash,
                                  Effects& out) {
  const PartitionId partition = engine_.index().partition_of(hash);
  Stored stored{.storing = Storing::uncounted};
  if (counts(partition)) {
    stored.storing = Storing::durable;
    stored.served = lives_.owners_of(partition);
  }
  send_once_durable(answer_to(request, std::move(stored)), seq, out);
}

void Replica::send_once_durable(Message answer, std::uint64_t seq, Effects& out) {
  if (seq <= durable_) {
    out.send.push_back(std::move(answer));
  } else {
    waiting_.push_back({.seq = seq, .answer = std::move(answer)});
  }
}

void Replica::durable(std::uint64_t seq, Effects& out) {
  durable_ = std::max(durable_, seq);
  const auto is_done = [&](const Waiting& waiting) { return waiting.seq <= durable_; };
  for (Waiting& waiting : waiting_) {
    if (is_done(waiting)) out.send.push_back(std::move(waiting.answer));
  }
  std::erase_if(waiting_, is_done);
}

}  // namespace kv
