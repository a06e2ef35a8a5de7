#include "v4_replicated_kv/replication/read.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/merge.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"

namespace kv {

void Read::begin(Desk& desk) {
  set_wake_to_hedge(desk.at.now, rules_.hedge_after);
  const AskingOrder order(call().owners, desk.self, desk.suspects);
  const std::size_t wanted =
      rules_.ask_all ? order.size() : order.to_ask(call().demand.answers);
  for (std::size_t i = 0; i < wanted; ++i) {
    ask(order.at(i), i == 0 ? Detail::state : Detail::digest, desk);
  }
}

void Read::ask(std::size_t place, Detail detail, Desk& desk) {
  asked_.add(place);
  if (detail == Detail::state) fetched_.add(place);
  send(place,
       Ask{.key = call().key,
           .detail = detail,
           .durable = call().demand.linearizable,
           .short_only = loans_.at(place) == nullptr},
       desk);
}

// Once: the other has its own time, and its own suspicions.
void Read::ask_in_place_of(std::size_t place, Desk& desk) {
  if (replaced_.has(place)) return;
  replaced_.add(place);
  const AskingOrder order(call().owners, desk.self, desk.suspects);
  if (const auto other = order.next(asked_)) ask(*other, Detail::state, desk);
}

// Whether it was asked, and the answer is not here.
bool Read::is_awaited(std::size_t place) const {
  if (!asked_.has(place) || failed_.has(place)) return false;
  return !heard_.has(place) || (fetched_.has(place) && !is_known(place));
}

void Read::suspected(std::size_t place, Desk& desk) {
  if (has_replied() || writes_back_ || !is_awaited(place)) return;
  ask_in_place_of(place, desk);
  if (loans_.at(place) == nullptr) return;
  give_back(place);
  fetch_unknown(desk);
}

void Read::hedge(Desk& desk) {
  if (has_replied() || writes_back_) return;
  OwnerSet late;
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (is_awaited(place)) late.add(place);
  }
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!late.has(place)) continue;
    desk.suspects.is_late(call().owners.at(place));
    ask_in_place_of(place, desk);
  }
}

void Read::answer(std::size_t place, Message&& message, Desk& desk) {
  if (writes_back_) {
    const auto* const stored = std::get_if<Stored>(&message.body);
    if (stored != nullptr) written_back(place, message, *stored, desk);
  } else if (auto* const held = std::get_if<Held>(&message.body)) {
    heard(place, message.standing.actor, std::move(*held), desk);
  }
}

void Read::heard(std::size_t place, ActorId life, Held held, Desk& desk) {
  if (held.error) {
    note_failure(*held.error);
    const bool is_damaged = held.error->code == Errc::corrupt;
    if (is_damaged && has_replied()) push(place, desk);
    if (is_damaged) damaged_.add(place);
    return lost(place, desk);
  }
  if (has_replied()) return heard_late(place, held, desk);
  keep_if_there_is_room(place, held, desk);
  heard_.add(place);
  // Of an owner that was asked twice the digest of what it sent counts: a digest alone may be
  // of something newer, which nobody has sent.
  if (held.state || !sent_state_.has(place)) {
    digest_.at(place) = held.digest;
    if (call().demand.linearizable) acks_.add(place, life, held.served, round());
  }
  if (held.state) {
    sent_state_.add(place);
    merged_ = merge(states_.policy, merged_, *held.state);
  } else if (held.long_bytes > 0) {
    long_bytes_.at(place) = held.long_bytes;
    fetched_.remove(place);
    if (!is_on_its_way(place)) fetch_long(place, desk);
  }
  if (heard_.size() < call().demand.answers) return;
  if (known().size() >= call().demand.answers) return conclude_or_look_further(desk);
  fetch_unknown(desk);
}

// A long value may come after its loan was given back: then it is as if it had been too long to
// be sent, unless there is room for it still.
void Read::keep_if_there_is_room(std::size_t place, Held& held, Desk& desk) {
  if (!held.state || loans_.at(place) != nullptr) return;
  const std::size_t bytes = value_bytes(*held.state);
  const auto loan = desk.room.lend(bytes);
  if (loan) {
    loans_.at(place) = *loan;
  } else {
    held.long_bytes = bytes;
    held.state.reset();
  }
}

void Read::conclude_or_look_further(Desk& desk) {
  const std::size_t n = call().owners.size();
  const bool is_few = call().demand.answers < majority(n);
  const bool have_all_said = (known() | failed_).size() == n;
  if (!is_few || !merged_.empty() || have_all_said) return conclude(desk);
  fetch_unknown(desk);
  for (std::size_t place = 0; place < n; ++place) {
    if (!asked_.has(place)) ask(place, Detail::state, desk);
  }
}

// Whether what that owner holds is in `merged_`: nothing, or what somebody sent.
bool Read::is_known(std::size_t place) const {
  if (digest_.at(place) == 0 || sent_state_.has(place)) return true;
  for (std::size_t other = 0; other < call().owners.size(); ++other) {
    if (sent_state_.has(other) && digest_.at(other) == digest_.at(place)) return true;
  }
  return false;
}

// The owners whose answer is all here. Any R of them are enough: one that said that it holds
// something else, and does not come to send it, is not waited for.
OwnerSet Read::known() const {
  OwnerSet known;
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (heard_.has(place) && is_known(place)) known.add(place);
  }
  return known;
}

void Read::fetch_unknown(Desk& desk) {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    const bool is_wanted = heard_.has(place) && !is_known(place) && !fetched_.has(place);
    if (!is_wanted || is_on_its_way(place)) continue;
    if (long_bytes_.at(place) > 0) {
      fetch_long(place, desk);
    } else {
      ask(place, Detail::state, desk);
    }
  }
}

// Whether another who holds the same, and it is long, is to send it.
bool Read::is_on_its_way(std::size_t place) const {
  for (std::size_t other = 0; other < call().owners.size(); ++other) {
    const bool is_to_send = loans_.at(other) != nullptr || waits_for_room_ == other;
    if (other != place && is_to_send && digest_.at(other) == digest_.at(place)) {
      return true;
    }
  }
  return false;
}

void Read::fetch_long(std::size_t place, Desk& desk) {
  if (waits_for_room_) return;
  const auto loan = desk.room.lend(long_bytes_.at(place));
  if (loan) return fetch_into(*loan, place, desk);
  waits_for_room_ = place;
  note_failure({Errc::out_of_memory,
                fmt::format("values on their way to clients take most of the {} MiB that "
                            "they may: try again, or another node",
                            desk.room.bytes_max() >> 20)});
  desk.room.wait(call().id, long_bytes_.at(place));
}

void Read::has_room(const ValueLoan& loan, Desk& desk) {
  const std::size_t place = *std::exchange(waits_for_room_, std::nullopt);
  if (has_replied() || writes_back_) return;
  if (!is_known(place)) fetch_into(loan, place, desk);
  fetch_unknown(desk);
}

void Read::fetch_into(const ValueLoan& loan, std::size_t place, Desk& desk) {
  loans_.at(place) = loan;
  be_patient(time_to_fetch(long_bytes_.at(place)), desk.at.now);
  ask(place, Detail::state, desk);
}

// It will not come from there.
void Read::give_back(std::size_t place) {
  loans_.at(place).reset();
  fetched_.remove(place);
}

std::vector<ValueLoan> Read::loans() const {
  std::vector<ValueLoan> loans;
  for (const ValueLoan& loan : loans_) {
    if (loan != nullptr) loans.push_back(loan);
  }
  return loans;
}

void Read::conclude(Desk& desk) {
  merged_digest_ =
      merged_.empty() ? 0 : digest(states_.policy, merged_, states_.digest_seed);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (heard_.has(place) && digest_.at(place) == merged_digest_) holders_.add(place);
  }
  if (call().demand.linearizable) {
    acks_.keep(holders_);
    if (!is_written_back()) return write_back(desk);
  }
  answer_client(desk);
}

// Whether a majority has on its disks what was read, and no doubt about it.
bool Read::is_written_back() const {
  return acks_.sure().size() >= call().demand.answers;
}

// In a round of its own: what is still said, or lost, of the asking is of no interest.
void Read::write_back(Desk& desk) {
  writes_back_ = true;
  next_round();
  acks_.begin_round();
  failed_ = {};
  push_to_others(desk);
}

void Read::push_to_others(Desk& desk) const {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (acks_.is_wanted(place)) push(place, desk);
  }
}

void Read::written_back(std::size_t place, const Message& message, const Stored& stored,
                        Desk& desk) {
  if (stored.error) note_failure(*stored.error);
  if (stored.storing != Storing::durable) return lost(place, desk);
  holders_.add(place);
  acks_.add(place, message.standing.actor, stored.served, message.round);
  if (is_written_back()) return answer_client(desk);
  const bool are_enough = holders_.size() >= call().demand.answers;
  if (are_enough && acks_.wants_round()) write_back(desk);
}

void Read::push(std::size_t place, Desk& desk) const {
  send(place, Push{.key = call().key, .state = merged_}, desk);
}

// Nobody waits for this: who was seen with less, or with damage, gets what was read.
void Read::repair(Desk& desk) const {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    const bool lacks_it = heard_.has(place) && !holders_.has(place);
    if (lacks_it || damaged_.has(place)) {
      push(place, desk);
    }
  }
}

void Read::answer_client(Desk& desk) {
  if (!writes_back_) repair(desk);
  std::string context;
  if (states_.policy == Policy::siblings) {
    auto text = context_text(merged_.seen, call().hash);
    if (!text) return give_up(Trouble::conflict, text.error().detail, desk);
    context = *std::move(text);
  }
  reply({.answers = known().size(),
         .needed = call().demand.answers,
         .state = merged_,
         .loans = loans(),
         .context = std::move(context)},
        desk);
  if (rules_.ask_all && !writes_back_ && !has_heard_all()) stay();
}

bool Read::has_heard_all() const {
  return (heard_ | failed_).size() == call().owners.size();
}

// One that need not have answered: it is repaired, but nobody waits for it.
void Read::heard_late(std::size_t place, const Held& held, Desk& desk) {
  if (heard_.has(place)) return;
  heard_.add(place);
  if (held.digest != merged_digest_) push(place, desk);
  if (has_heard_all()) finish();
}

void Read::lost(std::size_t place, Desk& desk) {
  const bool is_served = writes_back_ ? holders_.has(place) : known().has(place);
  if (is_served) return;
  failed_.add(place);
  const bool was_to_send = loans_.at(place) != nullptr;
  if (was_to_send) give_back(place);
  if (has_replied()) {
    if (has_heard_all()) finish();
    return;
  }
  const std::size_t n = call().owners.size();
  if (n - failed_.size() < call().demand.answers) {
    return give_up(Trouble::not_reached, "", desk);
  }
  if (writes_back_) return;
  // All that is missing is somebody who might know more.
  if (known().size() >= call().demand.answers) return conclude_or_look_further(desk);
  ask_in_place_of(place, desk);
  if (was_to_send) fetch_unknown(desk);
}

void Read::again(Desk& desk) {
  if (has_replied()) return;
  if (writes_back_) return push_to_others(desk);
  if (known().size() >= call().demand.answers) return conclude(desk);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    const bool has_its_turn = waits_for_room_ && heard_.has(place);
    if (known().has(place) || has_its_turn) continue;
    // Of those that hold what is long, it comes from the first that says so.
    give_back(place);
    ask(place, Detail::state, desk);
  }
}

Trouble Read::lateness() const {
  return waits_for_room_ ? Trouble::overloaded : Trouble::timed_out;
}

Operation::Failing Read::failing(Trouble /*trouble*/) const {
  return {.outcome = Outcome::unknown, .answers = known().size(), .they_did = "answered"};
}

}  // namespace kv
