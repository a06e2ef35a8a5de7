#include "v4_replicated_kv/simulation/mistakes.hpp"

#include <algorithm>
#include <utility>
#include <variant>

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

}  // namespace

Result<Mistake> mistake_named(std::string_view name) {
  const auto at = std::ranges::find(kMistakes, name, &MistakeName::name);
  if (at != kMistakes.end()) return at->mistake;
  std::string names;
  for (const MistakeName& one : kMistakes) {
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  return fail(Errc::bad_usage, "there is no such mistake; take one of " + names);
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
    case Mistake::own_id_reused:
    case Mistake::rolled_back_disk_unnoticed:
      if (auto* const known = std::get_if<KnownAs>(&message.body)) known->seen.reset();
      break;
    default:
      break;
  }
}

void Tamper::start(Boot& boot, std::optional<ActorId> before) const {
  if (!before) return;
  if (mistake_ == Mistake::own_id_reused) {
    boot.actor = *before;
    boot.reserved = 0;
  } else if (mistake_ == Mistake::wiped_node_answers) {
    boot.is_founding = true;
  }
}

}  // namespace kv
