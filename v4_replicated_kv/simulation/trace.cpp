#include "v4_replicated_kv/simulation/trace.hpp"

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
};

}  // namespace

void Trace::mix(std::uint64_t number) {
  hash_ = finalise(hash_ ^ number) + number;
}

void Trace::line(Tick at, const std::string& key, std::string text) {
  lines_.push_back({.at = at, .key = key, .text = std::move(text)});
}

void Trace::sent(Tick at, const Message& message, bool arrives) {
  mix(at.raw());
  mix((std::uint64_t{message.from.raw()} << 32U) + message.to.raw());
  mix(message.operation.raw() + message.round + (arrives ? 1 : 0));
  mix(message.standing.durable + (message.body.index() << 56U));
  mix(std::visit(Essence{}, message.body));
  if (!keeps_lines_) return;
  names_[message.standing.actor] = name_of(message.from);
  line(at, key_of(message),
       fmt::format("{} {} {:<9}{}", name_of(message.from), arrives ? "->" : "-x",
                   name_of(message.to), text_of(message, names_)));
}

void Trace::asked(Tick at, NodeId node, const Request& request) {
  mix(at.raw());
  mix(request.ticket.raw() + node.raw());
  mix(request.id.raw() + static_cast<std::uint64_t>(request.verb));
  mix(xxh3(request.key) ^ xxh3(request.value));
  if (!keeps_lines_) return;
  line(at, request.key,
       fmt::format("client {} -> {:<2}  {}", request.ticket.raw(), name_of(node),
                   text_of(request)));
}

void Trace::replied(Tick at, NodeId node, const std::string& key, const Reply& reply) {
  mix(at.raw());
  mix(reply.ticket.raw() + node.raw() +
      (static_cast<std::uint64_t>(reply.outcome) << 8U));
  mix(number_of(reply.state) + number_of(reply.written) + reply.answers);
  if (!keeps_lines_) return;
  line(at, key,
       fmt::format("{} -> client {}  {}", name_of(node), reply.ticket.raw(),
                   text_of(reply, names_)));
}

void Trace::note(Tick at, const std::string& what) {
  mix(at.raw());
  mix(xxh3(what));
  if (keeps_lines_) line(at, "", what);
}

std::string text_of(const TraceLine& line) {
  return fmt::format("t={:<9}{}", line.at.raw(), line.text);
}

}  // namespace kv
