#include "v4_replicated_kv/replication/listing.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "v4_replicated_kv/versioning/merge.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

namespace {

// How often owners are asked for one page, however few keys there are.
constexpr std::size_t kRoundsMax = 64;

bool have_same_nodes(std::span<const NodeId> left, std::span<const NodeId> right) {
  return std::ranges::is_permutation(left, right);
}

}  // namespace

void Listing::begin(Desk& desk) {
  enough_time_ =
      Tick{desk.at.now.raw() + (call().deadline.raw() - desk.at.now.raw()) / 2};
  set_wake(desk.at.now);
  start_round(desk);
}

void Listing::start_round(Desk& desk) {
  ++rounds_;
  asked_ = heard_ = failed_ = {};
  turn_to(Owners(ring_->table.owners(from_->first)));
  last_ = last_with_same_owners();
  const AskingOrder order(call().owners, desk.self, desk.suspects);
  const std::size_t wanted = order.to_ask(call().demand.answers);
  for (std::size_t i = 0; i < wanted; ++i) ask(order.at(i), desk);
}

// Small clusters have the same owners everywhere: one round goes through all partitions.
KeyHash Listing::last_with_same_owners() const {
  const PartitionTable& table = ring_->table;
  const auto owners = table.owners(from_->first);
  std::uint32_t next = table.partition(from_->first).raw() + 1;
  while (next < table.partitions() &&
         have_same_nodes(table.owners(PartitionId{next}), owners)) {
    ++next;
  }
  const bool is_end = next == table.partitions();
  return KeyHash{(is_end ? 0 : table.first_hash(PartitionId{next}).raw()) - 1};
}

void Listing::ask(std::size_t place, Desk& desk) {
  asked_.add(place);
  send(place,
       List{.from_hash = from_->first,
            .from_key = from_->second,
            .last = last_,
            .prefix = call().key,
            .limit = rules_.limit},
       desk);
}

void Listing::answer(std::size_t place, Message&& message, Desk& desk) {
  auto* const listed = std::get_if<Listed>(&message.body);
  if (listed == nullptr || heard_.has(place)) return;
  if (listed->error) {
    note_failure(*listed->error);
    return lost(place, desk);
  }
  heard_.add(place);
  said_.at(place) = std::move(*listed);
  if (heard_.size() >= call().demand.answers) conclude(desk);
}

void Listing::lost(std::size_t place, Desk& desk) {
  if (heard_.has(place)) return;
  failed_.add(place);
  if (call().owners.size() - failed_.size() < call().demand.answers) {
    return give_up(Trouble::not_reached, "", desk);
  }
  ask_another(desk);
}

void Listing::ask_another(Desk& desk) {
  const AskingOrder order(call().owners, desk.self, desk.suspects);
  if (const auto other = order.next(asked_)) ask(*other, desk);
}

void Listing::suspected(std::size_t place, Desk& desk) {
  const bool is_awaited = asked_.has(place) && !(heard_ | failed_).has(place);
  if (is_awaited) ask_another(desk);
}

void Listing::again(Desk& desk) {
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!heard_.has(place)) ask(place, desk);
  }
}

// Where the first of those who were heard stopped; none where all went to the end.
std::optional<Listing::Place> Listing::end_of_round() const {
  std::optional<Place> end;
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    const Listed& said = said_.at(place);
    if (!heard_.has(place) || said.is_last) continue;
    Place next{said.next_hash, said.next_key};
    if (!end || next < *end) end = std::move(next);
  }
  return end;
}

void Listing::take_in(const std::optional<Place>& end, WallMs wall) {
  std::map<Place, KeyState> found;
  for (std::size_t place = 0; place < call().owners.size(); ++place) {
    if (!heard_.has(place)) continue;
    for (Page::Entry& entry : said_.at(place).entries) {
      Place at{hash_key(rules_.hash, entry.key), std::move(entry.key)};
      // What an owner should not say is not believed either.
      const bool is_asked_for =
          at >= *from_ && at.first <= last_ && at.second.starts_with(call().key);
      if (!is_asked_for || (end && at >= *end)) continue;
      KeyState& state = found[std::move(at)];
      state = merge(rules_.state.policy, state, entry.state);
    }
    said_.at(place) = {};
  }
  for (auto& [at, state] : found) {
    if (visible(state, wall).empty()) continue;
    bytes_ += at.second.size();
    keys_.push_back(at);
  }
}

void Listing::conclude(Desk& desk) {
  auto end = end_of_round();
  if (end && *end <= *from_) {
    // Nobody of ours stops before it began.
    return give_up(Trouble::not_reached, "an owner's list goes backwards", desk);
  }
  take_in(end, desk.at.wall);
  if (end) {
    from_ = std::move(end);
  } else if (last_ == KeyHash{UINT64_MAX}) {
    from_.reset();
  } else {
    from_ = Place{KeyHash{last_.raw() + 1}, {}};
  }
  if (!from_ || has_enough(desk)) return answer_client(desk);
  next_round();
  start_round(desk);
}

// A page begins at a hash. It cannot end among keys whose hash is the one that it began at:
// it would be made again, for ever.
bool Listing::has_enough(const Desk& desk) const {
  if (from_->first == call().hash) return false;
  return keys_.size() >= rules_.limit || bytes_ >= rules_.page_bytes ||
         rounds_ >= kRoundsMax || desk.at.now >= enough_time_;
}

void Listing::answer_client(Desk& desk) {
  std::optional<KeyHash> next;
  if (from_) next = from_->first;
  std::size_t count = std::min<std::size_t>(keys_.size(), rules_.limit);
  while (count < keys_.size() && keys_[count].first == call().hash) ++count;
  if (count < keys_.size()) next = keys_[count].first;
  Reply reply{.answers = call().demand.answers, .needed = call().demand.answers};
  reply.keys.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    reply.keys.push_back(std::move(keys_[i].second));
  }
  reply.next = next;
  this->reply(std::move(reply), desk);
}

Operation::Failing Listing::failing(Trouble /*trouble*/) const {
  return {
      .outcome = Outcome::unknown, .answers = heard_.size(), .they_did = "listed keys"};
}

}  // namespace kv
