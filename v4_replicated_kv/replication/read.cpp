#include "v4_replicated_kv/replication/read.hpp"

#include <utility>
#include <variant>

#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/merge.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"

namespace kv {

void Read::begin(Desk& desk) {
  set_wake(desk.at.now);
  // This node first, if it is an owner: that answer crosses no network.
  const std::size_t first = call().owners.place_of(desk.self).value_or(0);
  ask(first, Detail::state, desk);
  const std::size_t wanted = ask_all_ ? call().owners.size() : call().demand.answers;
  for (std::size_t i = 1; i < wanted; ++i) {
    ask((first + i) % call().owners.size(), Detail::digest, desk);
  }
}

void Read::ask(std::size_t place, Detail detail, Desk& desk) {
  asked_.add(place);
  if (detail == Detail::state) fetched_.add(place);
  send(place,
       Ask{.key = call().key, .detail = detail, .durable = call().demand.linearizable},
       desk);
}

void Read::ask_another(Desk& desk) {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!asked_.has(place)) return ask(place, Detail::state, desk);
  }
}

void Read::answer(std::size_t place, Message message, Desk& desk) {
  if (auto* const held = std::get_if<Held>(&message.body)) {
    if (held->error) {
      note_failure(*held->error);
      if (held->error->code == Errc::corrupt) damaged_.add(place);
      return lost(place, desk);
    }
    return heard(place, std::move(*held), desk);
  }
  const auto* const stored = std::get_if<Stored>(&message.body);
  if (stored == nullptr || !writes_back_ || has_replied()) return;
  if (stored->storing != Storing::durable) return lost(place, desk);
  holders_.add(place);
  if (holders_.size() >= call().demand.answers) answer_client(desk);
}

void Read::heard(std::size_t place, Held held, Desk& desk) {
  if (has_replied()) return heard_late(place, held, desk);
  if (writes_back_) return;  // decided already
  heard_.add(place);
  // Of an owner that was asked twice the digest of what it sent counts: a digest alone may be
  // of something newer, which nobody has sent.
  if (held.state || !sent_state_.has(place)) digest_.at(place) = held.digest;
  if (held.state) {
    sent_state_.add(place);
    merged_ = merge(rules_.policy, merged_, *held.state);
  }
  if (heard_.size() < call().demand.answers) return;
  fetch_unknown(desk);
  for (std::size_t other = 0; other < call().owners.size(); ++other) {
    if (heard_.has(other) && !is_known(other)) return;
  }
  conclude(desk);
}

// Whether what that owner holds is in `merged_`: nothing, or what somebody sent.
bool Read::is_known(std::size_t place) const {
  if (digest_.at(place) == 0 || sent_state_.has(place)) return true;
  for (std::size_t other = 0; other < call().owners.size(); ++other) {
    if (sent_state_.has(other) && digest_.at(other) == digest_.at(place)) return true;
  }
  return false;
}

void Read::fetch_unknown(Desk& desk) {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (heard_.has(place) && !is_known(place) && !fetched_.has(place)) {
      ask(place, Detail::state, desk);
    }
  }
}

void Read::conclude(Desk& desk) {
  merged_digest_ =
      merged_.empty() ? 0 : digest(rules_.policy, merged_, rules_.digest_seed);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (heard_.has(place) && digest_.at(place) == merged_digest_) holders_.add(place);
  }
  const bool is_safe = holders_.size() >= call().demand.answers;
  if (call().demand.linearizable && !is_safe) return write_back(desk);
  answer_client(desk);
}

void Read::write_back(Desk& desk) {
  writes_back_ = true;
  failed_ = {};
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!holders_.has(place)) {
      push(place, desk);
    }
  }
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
  if (rules_.policy == Policy::siblings) {
    auto text = context_text(merged_.seen, call().hash);
    if (!text) return give_up(Trouble::conflict, text.error().detail, desk);
    context = *std::move(text);
  }
  reply({.answers = heard_.size(),
         .needed = call().demand.answers,
         .state = merged_,
         .context = std::move(context)},
        desk);
  if (ask_all_ && (heard_ | failed_).size() < call().owners.size()) stay();
}

// One that need not have answered: it is repaired, but nobody waits for it.
void Read::heard_late(std::size_t place, const Held& held, Desk& desk) {
  if (heard_.has(place)) return;
  heard_.add(place);
  if (held.digest != merged_digest_) {
    push(place, desk);
  }
  if ((heard_ | failed_).size() == call().owners.size()) finish();
}

void Read::lost(std::size_t place, Desk& desk) {
  if (has_replied()) return;
  if (!writes_back_ && heard_.has(place) && is_known(place)) return;
  failed_.add(place);
  const std::size_t n = call().owners.size();
  if (n - failed_.size() < call().demand.answers) {
    return give_up(Trouble::not_reached, "", desk);
  }
  if (!writes_back_) ask_another(desk);
}

void Read::again(Desk& desk) {
  if (has_replied()) return;
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (writes_back_) {
      if (!holders_.has(place)) {
        push(place, desk);
      }
    } else if (!heard_.has(place) || !is_known(place)) {
      ask(place, Detail::state, desk);
    }
  }
}

Operation::Failing Read::failing(Trouble /*trouble*/) const {
  return {.outcome = Outcome::unknown, .answers = heard_.size(), .they_did = "answered"};
}

}  // namespace kv
