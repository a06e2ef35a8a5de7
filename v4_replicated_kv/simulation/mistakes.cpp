#include "v4_replicated_kv/simulation/mistakes.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "common/base/closest_word.hpp"
#include "v4_replicated_kv/versioning/context.hpp"

namespace kv {

namespace {

// As if there were only vectors: all that an actor wrote up to a dot counts as seen.
std::string without_dots(const std::string& context, KeyHash hash) {
  const auto history = parse_context(context, hash);
  if (!history) return context;
  History folded;
  for (const Dot& dot : history->vector().entries()) folded.raise(dot);
  for (const Dot& dot : history->dots()) folded.raise(dot);
  return context_text(folded, hash).value_or(context);
}

void count_oneself(Message& message) {
  if (auto* const stored = std::get_if<Stored>(&message.body)) {
    if (stored->storing == Storing::uncounted) stored->storing = Storing::durable;
  } else if (auto* const held = std::get_if<Held>(&message.body)) {
    const bool catches_up = held->error && held->error->code == Errc::stopped;
    if (catches_up) *held = Held{.state = KeyState{}};
  }
}

// A register's state is pushed to repair it; siblings travel like that, too.
bool is_repair(const Push& push) {
  return push.state.seen.empty();
}

void forget_repair(Message& message) {
  const auto* const push = std::get_if<Push>(&message.body);
  if (push == nullptr || !is_repair(*push)) return;
  message.body = Ask{.key = push->key, .detail = Detail::digest};
}

// Of the newest versions that a disk holds: how far this actor's numbers go.
std::uint64_t last_number(const Index& held, ActorId actor) {
  std::uint64_t last = 0;
  for (std::uint32_t i = 0; i < held.partitions(); ++i) {
    held.partition(PartitionId{i}).walk({}, {}, [&](KeyHash, const IndexEntry& entry) {
      const Dot& dot = entry.version.dot;
      if (dot.actor == actor) last = std::max(last, dot.seq);
      return true;
    });
  }
  return last;
}

void keep_newest(KeyState& state) {
  if (state.versions.size() < 2) return;
  const auto newest = std::ranges::max_element(
      state.versions, {}, [](const Version& version) { return version.at; });
  state.versions = {*newest};
}

}  // namespace

Result<Mistake> mistake_named(std::string_view name) {
  const auto at = std::ranges::find(kMistakes, name, &MistakeName::name);
  if (at != kMistakes.end()) return at->mistake;
  std::array<std::string_view, kMistakes.size()> names;
  std::ranges::transform(kMistakes, names.begin(), &MistakeName::name);
  return fail(Errc::bad_usage, "there is no such mistake; " + suggestion(name, names));
}

std::string_view name_of(Mistake mistake) {
  const auto at = std::ranges::find(kMistakes, mistake, &MistakeName::mistake);
  return at == kMistakes.end() ? "none" : at->name;
}

void Tamper::ask(Request& request, std::size_t w, KeyHash hash) const {
  switch (mistake_) {
    case Mistake::ack_at_w_minus_1:
      if (request.verb != Verb::get && w > 1) {
        request.consistency = {.level = {}, .answers = w - 1};
      }
      break;
    case Mistake::plain_instead_of_dotted:
      request.context = without_dots(request.context, hash);
      break;
    case Mistake::asynchronous_write_back:
      if (request.verb == Verb::get && request.consistency.level == Level::linearizable) {
        request.consistency.level = Level::quorum;
      }
      break;
    case Mistake::retry_without_id:
      request.id = RequestId{0};
      break;
    default:
      break;
  }
}

void Tamper::send(Message& message, WallMs wall) const {
  switch (mistake_) {
    case Mistake::wall_clock_last_write_wins:
      if (auto* const offer = std::get_if<Offer>(&message.body)) {
        offer->version.at.counter = wall.raw();
      } else if (auto* const stored = std::get_if<Stored>(&message.body)) {
        if (stored->storing == Storing::refused) stored->storing = Storing::durable;
      }
      break;
    case Mistake::wiped_counts_itself:
      if (message.from == message.to) count_oneself(message);
      break;
    case Mistake::refusal_counts_as_ack:
      if (auto* const stored = std::get_if<Stored>(&message.body)) {
        if (stored->storing == Storing::refused) stored->storing = Storing::durable;
      }
      break;
    case Mistake::no_read_repair:
      if (message.from != message.to) forget_repair(message);
      break;
    case Mistake::asynchronous_write_back:
      // What makes a read linearizable else stays: it sees what is on disks.
      if (auto* const ask = std::get_if<Ask>(&message.body)) ask->durable = true;
      break;
    case Mistake::only_newest_sibling_sent:
      if (auto* const push = std::get_if<Push>(&message.body)) {
        keep_newest(push->state);
      }
      break;
    case Mistake::ack_of_lost_disk_counts:
      if (auto* const stored = std::get_if<Stored>(&message.body)) {
        stored->served = {};
      } else if (auto* const held = std::get_if<Held>(&message.body)) {
        held->served = {};
      }
      break;
    case Mistake::own_id_reused:
    case Mistake::numbers_not_reserved:
    case Mistake::rolled_back_disk_unnoticed:
      if (auto* const known = std::get_if<KnownAs>(&message.body)) known->seen.reset();
      break;
    default:
      break;
  }
}

Tick Tamper::lag(const Message& message) const {
  const auto* const push = std::get_if<Push>(&message.body);
  const bool is_late =
      mistake_ == Mistake::asynchronous_write_back && push != nullptr && is_repair(*push);
  return is_late ? Tick{30'000} : Tick{};
}

void Tamper::reply(Reply& reply) const {
  const bool hides = mistake_ == Mistake::unknown_told_as_refused;
  if (hides && reply.outcome == Outcome::unknown) reply.outcome = Outcome::refused;
}

void Tamper::start(Boot& boot, const Index& held, std::optional<ActorId> before) const {
  if (mistake_ == Mistake::numbers_not_reserved) {
    boot.reserved = last_number(held, boot.actor);
  }
  if (!before) return;
  if (mistake_ == Mistake::own_id_reused) {
    boot.actor = *before;
    boot.reserved = 0;
  } else if (mistake_ == Mistake::wiped_node_answers) {
    boot.is_founding = true;
  }
}

}  // namespace kv
