#include "v4_replicated_kv/simulation/trace.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "common/hash/finalise.hpp"
#include "common/hash/functions.hpp"

namespace kv {

namespace {

std::uint64_t number_of(const Timestamp& at) {
  return at.counter + 3 * at.dot.seq + 7 * at.dot.actor.raw();
}

std::uint64_t number_of(const KeyState& state) {
  std::uint64_t number = state.versions.size();
  for (const Version& version : state.versions) {
    number = 31 * number + number_of(version.at) + version.value.size();
  }
  return number;
}

std::uint64_t number_of(const std::optional<Error>& error) {
  return error ? 1 + static_cast<std::uint64_t>(error->code) : 0;
}

// What of a message tells it from others of its kind.
struct Essence {
  std::uint64_t operator()(const Offer& offer) const {
    return number_of(offer.version.at) + offer.version.value.size();
  }
  std::uint64_t operator()(const Mint& mint) const { return mint.context.size(); }
  std::uint64_t operator()(const Minted& minted) const { return number_of(minted.state); }
  std::uint64_t operator()(const Push& push) const { return number_of(push.state); }
  std::uint64_t operator()(const Stored& stored) const {
    return static_cast<std::uint64_t>(stored.storing) + 5 * stored.above +
           number_of(stored.error);
  }
  std::uint64_t operator()(const Ask& ask) const {
    return static_cast<std::uint64_t>(ask.detail);
  }
  std::uint64_t operator()(const Held& held) const {
    return held.digest + held.counter + number_of(held.error) +
           (held.state ? number_of(*held.state) : 0);
  }
  std::uint64_t operator()(const Hello& /*hello*/) const { return 0; }
  std::uint64_t operator()(const KnownAs& known) const {
    return known.seen ? known.seen->durable : 1;
  }
  std::uint64_t operator()(const Pull& pull) const { return pull.from_hash.raw(); }
  std::uint64_t operator()(const Page& page) const {
    return page.entries.size() + page.next_hash.raw() + number_of(page.error);
  }
  std::uint64_t operator()(const Heartbeat& /*heartbeat*/) const { return 0; }
  std::uint64_t operator()(const List& list) const { return list.from_hash.raw(); }
  std::uint64_t operator()(const Listed& listed) const {
    return listed.entries.size() + listed.next_hash.raw() + number_of(listed.error);
  }
};

}  // namespace

void Trace::mix(std::uint64_t number) {
  hash_ = finalise(hash_ ^ number) + number;
}

namespace {

std::string word_for(const Trace::Passage& passage) {
  const Network::Copies& copies = passage.copies;
  if (copies.count > 1) {
    return fmt::format("   (twice, {} and {} ms)", milliseconds_text(copies.after.at(0)),
                       milliseconds_text(copies.after.at(1)));
  }
  if (copies.count == 0 || copies.after.at(0) <= passage.usual) return "";
  return fmt::format("   (late, {} ms)", milliseconds_text(copies.after.at(0)));
}

}  // namespace

void Trace::sent(Tick at, const Message& message, const Passage& passage) {
  const bool arrives = passage.copies.count > 0;
  mix(at.raw());
  mix((std::uint64_t{message.from.raw()} << 32U) + message.to.raw());
  mix(message.operation.raw() + message.round + (arrives ? 1 : 0));
  mix(message.standing.durable + (message.body.index() << 56U));
  mix(std::visit(Essence{}, message.body));
  if (!keeps_lines_) return;
  names_[message.standing.actor] = name_of(message.from);
  lines_.push_back({.at = at,
                    .kind = TraceKind::sent,
                    .key = key_of(message),
                    .from = name_of(message.from),
                    .to = name_of(message.to),
                    .arrives = arrives && !passage.finds_nobody,
                    .is_chatter = is_chatter(message),
                    .text = text_of(message, names_) + word_for(passage)});
}

void Trace::asked(Tick at, std::string_view client, NodeId node, const Request& request) {
  mix(at.raw());
  mix(request.ticket.raw() + node.raw());
  mix(request.id.raw() + static_cast<std::uint64_t>(request.verb));
  mix(xxh3(request.key) ^ xxh3(request.value));
  if (!keeps_lines_) return;
  questions_[request.ticket] = {
      .client = std::string(client), .key = request.key, .verb = request.verb};
  lines_.push_back({.at = at,
                    .kind = TraceKind::asked,
                    .key = request.key,
                    .from = std::string(client),
                    .to = name_of(node),
                    .text = text_of(request)});
}

void Trace::replied(Tick at, NodeId node, const Reply& reply, WallMs wall) {
  mix(at.raw());
  mix(reply.ticket.raw() + node.raw() +
      (static_cast<std::uint64_t>(reply.outcome) << 8U));
  mix(number_of(reply.state) + number_of(reply.written) + reply.answers);
  if (!keeps_lines_) return;
  const Question& question = questions_[reply.ticket];
  lines_.push_back({.at = at,
                    .kind = TraceKind::replied,
                    .key = question.key,
                    .from = name_of(node),
                    .to = question.client,
                    .text = text_of(reply, {.copies = copies_,
                                            .is_read = question.verb == Verb::get,
                                            .wall = wall})});
}

void Trace::note(Tick at, const std::string& what) {
  mix(at.raw());
  mix(xxh3(what));
  if (keeps_lines_) lines_.push_back({.at = at, .text = what});
}

std::string milliseconds_text(Tick time) {
  const std::uint64_t micros = time.raw() % 1000;
  std::string text = fmt::format("{}", time.raw() / 1000);
  if (micros == 0) return text;
  text += fmt::format(".{:03}", micros);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

std::string trace_text(std::span<const TraceLine> lines, Tick origin) {
  std::vector<std::pair<std::string, std::string>> begins;  // when, and from whom to whom
  std::size_t when_width = 0;
  std::size_t way_width = 0;
  for (const TraceLine& line : lines) {
    std::string way;
    if (line.kind != TraceKind::noted) {
      way = fmt::format("{} {} {}", line.from, line.arrives ? "->" : "-x", line.to);
    }
    const Tick since{line.at.raw() - std::min(origin, line.at).raw()};
    begins.emplace_back("t=" + milliseconds_text(since), std::move(way));
    when_width = std::max(when_width, begins.back().first.size());
    way_width = std::max(way_width, begins.back().second.size());
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& [when, way] = begins[i];
    text += way.empty() ? fmt::format("{:<{}}   {}\n", when, when_width, lines[i].text)
                        : fmt::format("{:<{}}   {:<{}}   {}\n", when, when_width, way,
                                      way_width, lines[i].text);
  }
  return text;
}

}  // namespace kv
