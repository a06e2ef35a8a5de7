#include "v4_replicated_kv/replication/sibling_write.hpp"

#include <utility>
#include <variant>

#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/siblings.hpp"

namespace kv {

namespace {

// Whether another maker would say the same: it is about the key or the request, and not about
// that owner, its disk or its memory.
bool is_final(const Error& error) {
  const Trouble trouble = trouble_of(error);
  return trouble != Trouble::not_reached && trouble != Trouble::disk_full;
}

}  // namespace

void SiblingWrite::begin(Desk& desk) {
  set_wake(desk.at.now);
  if (context_) return mint(desk);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    send_what_is_due(place, desk);
  }
}

void SiblingWrite::send_what_is_due(std::size_t place, Desk& desk) const {
  switch (phase_) {
    case Phase::asking:
      return send(place, Ask{.key = call().key}, desk);
    case Phase::minting:
      return send(place, Mint{.key = call().key, .draft = draft_, .context = *context_},
                  desk);
    case Phase::pushing:
      // To its maker as well, if that says nothing: it may have forgotten what it made.
      return send(place, Push{.key = call().key, .state = state_}, desk);
  }
}

void SiblingWrite::answer(std::size_t place, Message&& message, Desk& desk) {
  if (const auto* const held = std::get_if<Held>(&message.body)) {
    if (phase_ == Phase::asking) heard(place, *held, desk);
  } else if (auto* const made = std::get_if<Minted>(&message.body)) {
    if (phase_ == Phase::minting && place == maker_) minted(std::move(*made), desk);
  } else if (const auto* const said = std::get_if<Stored>(&message.body)) {
    if (phase_ != Phase::asking) stored(place, message, *said, desk);
  }
}

void SiblingWrite::heard(std::size_t place, const Held& held, Desk& desk) {
  if (held.error) {
    note_failure(*held.error);
    return lost(place, desk);
  }
  heard_.add(place);
  if (held.state) state_ = merge_siblings(state_, *held.state);
  if (heard_.size() < reads_) return;
  if (const auto made = state_.recent.find(draft_.request)) return complete(*made, desk);
  context_ = state_.seen;
  mint(desk);
}

// An earlier try of the same request did it, and W owners are to have that. To do it again
// would replace, or delete, what others have put since. Its maker's disk has it already: else
// nobody would have heard of it.
void SiblingWrite::complete(const Timestamp& made, Desk& desk) {
  next_round();
  phase_ = Phase::pushing;
  needs_maker_ = false;
  may_be_stored_ = true;
  failed_ = {};
  context_ = History{};
  if (draft_.kind == Kind::value) context_->add(made.dot);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    send_what_is_due(place, desk);
  }
}

void SiblingWrite::mint(Desk& desk) {
  phase_ = Phase::minting;
  next_round();
  tried_.add(maker_);
  send_what_is_due(maker_, desk);
}

// Only where the last one has surely made nothing: two makers would make two siblings.
void SiblingWrite::try_another_maker(Desk& desk) {
  const AskingOrder order(call().owners, desk.self, desk.suspects);
  if (const auto other = order.next(tried_)) {
    maker_ = *other;
    return mint(desk);
  }
  give_up(Trouble::not_reached, "", desk);
}

void SiblingWrite::minted(Minted minted, Desk& desk) {
  phase_ = Phase::pushing;
  state_ = std::move(minted.state);
  context_ = std::move(minted.context);
  failed_ = {};
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (place != maker_) send_what_is_due(place, desk);
  }
  weigh(desk);
}

void SiblingWrite::stored(std::size_t place, const Message& message, const Stored& stored,
                          Desk& desk) {
  const ActorId life = message.standing.actor;
  if (stored.error) note_failure(*stored.error);
  if (phase_ == Phase::minting) {
    if (place != maker_) return;
    if (stored.storing == Storing::durable) {  // what it made is still on its way
      may_be_stored_ = true;
      acks_.add(place, life, stored.served, message.round);
    }
    if (stored.storing != Storing::failed) return;
    if (stored.error && is_final(*stored.error))
      return give_up(Trouble::not_reached, "", desk);
    return try_another_maker(desk);
  }
  if (stored.storing != Storing::durable) return lost(place, desk);
  acks_.add(place, life, stored.served, message.round);
  weigh(desk);
}

void SiblingWrite::weigh(Desk& desk) {
  const std::size_t needed = call().demand.answers;
  if (acks_.given().size() < needed) return;
  if (needs_maker_ && !acks_.has(maker_)) return;
  const std::size_t sure = acks_.sure().size();
  if (sure < needed) {
    if (!acks_.wants_round()) return;
    next_round();
    acks_.begin_round();
    return push_to_who_is_wanted(desk);
  }
  auto text = context_text(*context_, call().hash);
  if (!text) return give_up(Trouble::conflict, text.error().detail, desk);
  reply({.answers = sure, .needed = needed, .written = {}, .context = *std::move(text)},
        desk);
}

void SiblingWrite::lost(std::size_t place, Desk& desk) {
  if (phase_ == Phase::minting) {
    // A request that was repeated may have arrived the first time.
    if (place == maker_ && !may_be_stored_) try_another_maker(desk);
    return;
  }
  if (heard_.has(place) && phase_ == Phase::asking) return;
  if (acks_.has(place)) return;
  failed_.add(place);
  const std::size_t needed = phase_ == Phase::asking ? reads_ : call().demand.answers;
  const bool lacks_maker = phase_ == Phase::pushing && needs_maker_ && place == maker_;
  if (lacks_maker || call().owners.size() - failed_.size() < needed) {
    give_up(Trouble::not_reached, "", desk);
  }
}

void SiblingWrite::push_to_who_is_wanted(Desk& desk) const {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    const bool is_wanted = !failed_.has(place) && acks_.is_wanted(place);
    if (is_wanted) send_what_is_due(place, desk);
  }
}

void SiblingWrite::again(Desk& desk) {
  if (phase_ == Phase::minting) {
    may_be_stored_ = true;
    return send_what_is_due(maker_, desk);
  }
  if (phase_ == Phase::pushing) return push_to_who_is_wanted(desk);
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!(heard_ | failed_).has(place)) send_what_is_due(place, desk);
  }
}

Operation::Failing SiblingWrite::failing(Trouble trouble) const {
  const bool was_sent = phase_ == Phase::minting &&
                        (trouble == Trouble::timed_out || trouble == Trouble::not_ready);
  const bool is_nowhere = phase_ != Phase::pushing && !may_be_stored_ && !was_sent;
  return {.outcome = is_nowhere ? Outcome::refused : Outcome::unknown,
          .answers = acks_.given().size(),
          .they_did = "acknowledged the write"};
}

}  // namespace kv
