#include "v4_replicated_kv/replication/register_write.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "v4_replicated_kv/versioning/register.hpp"

namespace kv {

namespace {

// Whether the offer is not stored there, and will not be if it comes once more: an owner
// remembers what it had no room for. Any other trouble may have come after a first copy was
// taken, or be over when a second comes.
bool is_for_good(const Stored& said) {
  return said.storing == Storing::failed && said.error &&
         said.error->code == Errc::disk_full;
}

}  // namespace

void RegisterWrite::begin(Desk& desk) {
  set_wake(desk.at.now);
  if (reads_ == 0) return offer_all(desk);
  send_to_all(desk);
}

void RegisterWrite::ask(std::size_t place, Desk& desk) const {
  const bool may_be_retry = version_.request != RequestId{0};
  send(place,
       Ask{.key = call().key, .detail = may_be_retry ? Detail::state : Detail::digest},
       desk);
}

void RegisterWrite::answer(std::size_t place, Message&& message, Desk& desk) {
  if (auto* const held = std::get_if<Held>(&message.body)) {
    if (phase_ == Phase::asking) heard(place, std::move(*held), desk);
  } else if (const auto* const said = std::get_if<Stored>(&message.body)) {
    if (phase_ != Phase::asking) stored(place, message, *said, desk);
  }
}

void RegisterWrite::heard(std::size_t place, Held held, Desk& desk) {
  if (held.error) {
    note_failure(*held.error);
    return lost(place, desk);
  }
  heard_.add(place);
  above_ = std::max(above_, held.counter);
  if (held.state) found_ = merge_register(found_, *held.state);
  if (heard_.size() < reads_) return;
  if (found_.recent.find(version_.request)) return push_all(desk);
  offer_all(desk);
}

// Whether this round surely stored nothing. A refusal does not say so: an offer may come
// twice, be taken, be replaced by something newer, and then be refused.
bool RegisterWrite::is_nowhere() const {
  return phase_ == Phase::asking || failed_.size() == call().owners.size();
}

void RegisterWrite::start_round() {
  may_be_stored_ = may_be_stored_ || !is_nowhere();
  next_round();
  acks_.clear();
  refused_ = failed_ = {};
}

void RegisterWrite::offer_all(Desk& desk) {
  const auto dot = above_ < kCounterMax ? desk.dots.next() : std::nullopt;
  if (!dot) return give_up(Trouble::not_ready, "no numbers for versions", desk);
  start_round();
  phase_ = Phase::offering;
  version_.at = {.counter = above_ + 1, .dot = *dot};
  send_to_all(desk);
}

void RegisterWrite::push_all(Desk& desk) {
  start_round();
  phase_ = Phase::pushing;
  may_be_stored_ = true;
  version_.at = *found_.recent.find(version_.request);
  send_to_all(desk);
}

void RegisterWrite::send_to_all(Desk& desk) const {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    send_what_is_due(place, desk);
  }
}

void RegisterWrite::send_what_is_due(std::size_t place, Desk& desk) const {
  switch (phase_) {
    case Phase::asking:
      return ask(place, desk);
    case Phase::offering:
      return send(place,
                  Offer{.key = call().key,
                        .version = version_,
                        .older_is_fine = call().demand.linearizable || acks_.has(place)},
                  desk);
    case Phase::pushing:
      return send(place, Push{.key = call().key, .state = found_}, desk);
  }
}

void RegisterWrite::stored(std::size_t place, const Message& message,
                           const Stored& stored, Desk& desk) {
  if (stored.storing == Storing::durable) {
    acks_.add(place, message.standing.actor, stored.served, message.round);
    return weigh(desk);
  }
  // What it acknowledged before is worth what it was worth then.
  if (acks_.has(place)) return;
  if (stored.storing == Storing::refused) {
    refused_.add(place);
    above_ = std::max(above_, stored.above);
    return weigh(desk);
  }
  may_be_stored_ = may_be_stored_ || !is_for_good(stored);
  failed_.add(place);
  if (stored.error) note_failure(*stored.error);
  weigh(desk);
}

void RegisterWrite::lost(std::size_t place, Desk& desk) {
  if (heard_.has(place) && phase_ == Phase::asking) return;
  if (acks_.has(place)) return;
  failed_.add(place);
  weigh(desk);
}

// Is the demand met, can it still be, or does it take another round?
void RegisterWrite::weigh(Desk& desk) {
  const std::size_t n = call().owners.size();
  if (phase_ == Phase::asking) {
    if (n - failed_.size() < reads_) give_up(Trouble::not_reached, "", desk);
    return;
  }
  const std::size_t needed = call().demand.answers;
  if (acks_.given().size() >= needed) {
    const std::size_t sure = acks_.sure().size();
    if (sure >= needed) {
      return reply({.answers = sure, .needed = needed, .written = version_.at}, desk);
    }
    if (acks_.wants_round()) return ask_once_more(desk);
  }
  if (n - failed_.size() < needed) return give_up(Trouble::not_reached, "", desk);
  OwnerSet hopeless = failed_ | refused_;
  // Somebody holds a newer version, and who is suspected need not be waited for: a new offer
  // is always right, and goes to all again.
  if (refused_.size() > 0) hopeless = hopeless | silent_suspects(desk);
  if (n - hopeless.size() < needed) offer_all(desk);
}

OwnerSet RegisterWrite::silent_suspects(const Desk& desk) const {
  OwnerSet silent = desk.suspects.among(call().owners);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (acks_.has(place)) silent.remove(place);
  }
  return silent;
}

// All owners were asked already.
void RegisterWrite::suspected(std::size_t /*place*/, Desk& desk) {
  if (!has_replied() && phase_ == Phase::offering && refused_.size() > 0) weigh(desk);
}

// Enough have acknowledged, and one of them may have lost it since. The version stays: each of
// them found it to be above what it held.
void RegisterWrite::ask_once_more(Desk& desk) {
  next_round();
  acks_.begin_round();
  may_be_stored_ = true;
  send_to_who_is_wanted(desk);
}

void RegisterWrite::send_to_who_is_wanted(Desk& desk) const {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    const bool has_said_no = (failed_ | refused_).has(place);
    if (!has_said_no && acks_.is_wanted(place)) send_what_is_due(place, desk);
  }
}

void RegisterWrite::again(Desk& desk) {
  // Somebody holds a newer version, and others say nothing: do not wait for them.
  if (phase_ == Phase::offering && refused_.size() > 0) return offer_all(desk);
  // Who was asked twice and says no to one of them may have taken the other.
  if (phase_ != Phase::asking) may_be_stored_ = true;
  if (phase_ != Phase::asking) return send_to_who_is_wanted(desk);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!(heard_ | failed_).has(place)) send_what_is_due(place, desk);
  }
}

Operation::Failing RegisterWrite::failing(Trouble /*trouble*/) const {
  const bool is_refused = !may_be_stored_ && is_nowhere();
  return {.outcome = is_refused ? Outcome::refused : Outcome::unknown,
          .answers = acks_.given().size(),
          .they_did = "acknowledged the write"};
}

}  // namespace kv
