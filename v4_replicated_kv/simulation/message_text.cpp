#include "v4_replicated_kv/simulation/message_text.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

std::string word(const std::string& bytes) {
  constexpr std::size_t kLettersMax = 24;
  const auto end = bytes.find_last_not_of('.');  // what fills values up
  const std::size_t kept = end == std::string::npos ? bytes.size() : end + 1;
  return printable(bytes.substr(0, std::min(kept, kLettersMax)));
}

namespace {

std::string text_of(const Dot& dot, const ActorNames& names) {
  const auto at = names.find(dot.actor);
  return fmt::format("[{}:{}]", at == names.end() ? "?" : at->second, dot.seq);
}

std::string text_of(const Version& version, const ActorNames& names) {
  const std::string what = version.kind == Kind::value       ? word(version.value)
                           : version.kind == Kind::tombstone ? "deleted"
                                                             : "expired";
  return fmt::format("{} {}", what, text_of(version.dot(), names));
}

// Of a register the counter too, which is its place in the order.
std::string in_order(const Version& version, const ActorNames& names) {
  return fmt::format("{}@{}", text_of(version, names), version.at.counter);
}

std::string text_of(const std::string& key, const KeyState& state,
                    const ActorNames& names) {
  std::string text = key;
  const bool is_register = state.seen.empty();
  for (const Version& version : state.versions) {
    text += &version != &state.versions.front() ? ", " : key.empty() ? "" : "=";
    text += is_register ? in_order(version, names) : text_of(version, names);
  }
  if (!state.versions.empty()) return text;
  return key.empty() ? "nothing" : key + " nothing";
}

std::string text_of(const std::optional<Error>& error) {
  return error ? ": " + error->detail : "";
}

struct Teller {
  const ActorNames& names;

  std::string operator()(const Offer& offer) const {
    return fmt::format("store {}={}", word(offer.key), in_order(offer.version, names));
  }
  std::string operator()(const Mint& mint) const {
    return fmt::format(
        "mint {}{}", word(mint.key),
        mint.draft.kind == Kind::value ? "=" + word(mint.draft.value) : " deleted");
  }
  std::string operator()(const Minted& minted) const {
    return "minted " + text_of("", minted.state, names);
  }
  std::string operator()(const Push& push) const {
    return "push " + text_of(word(push.key), push.state, names);
  }
  std::string operator()(const Stored& stored) const {
    switch (stored.storing) {
      case Storing::durable:
        return "ack";
      case Storing::refused:
        return fmt::format("refuse, have @{}", stored.above);
      case Storing::failed:
        return "no ack" + text_of(stored.error);
      case Storing::uncounted:
        return "ack that does not count: catching up";
    }
    return "";
  }
  std::string operator()(const Ask& ask) const {
    return fmt::format("ask {}{}", word(ask.key),
                       ask.detail == Detail::digest ? ", digest only" : "");
  }
  std::string operator()(const Held& held) const {
    if (held.error) return "no answer" + text_of(held.error);
    if (!held.state)
      return held.digest == 0 ? "holds nothing"
                              : fmt::format("holds digest {:08x}", held.digest >> 32U);
    return "holds " + text_of("", *held.state, names);
  }
  std::string operator()(const Hello& /*hello*/) const { return "hello, who was I?"; }
  std::string operator()(const KnownAs& known) const {
    if (!known.seen) return "known as nobody";
    return fmt::format("known up to {}", known.seen->durable);
  }
  std::string operator()(const Pull& pull) const {
    return fmt::format("pull partition {}", pull.partition.raw());
  }
  std::string operator()(const Page& page) const {
    if (page.error) return "no page" + text_of(page.error);
    return fmt::format("page of partition {}, {} keys{}", page.partition.raw(),
                       page.entries.size(), page.is_last ? ", the last" : "");
  }
  std::string operator()(const Heartbeat& /*heartbeat*/) const { return "heartbeat"; }
  std::string operator()(const List& list) const {
    return fmt::format("list up to {} keys", list.limit);
  }
  std::string operator()(const Listed& listed) const {
    if (listed.error) return "no list" + text_of(listed.error);
    return fmt::format("lists {} keys{}", listed.entries.size(),
                       listed.is_last ? ", the last" : "");
  }
};

std::string_view word_for(Verb verb) {
  switch (verb) {
    case Verb::get:
      return "get";
    case Verb::put:
      return "put";
    case Verb::list:
      return "list";
    case Verb::erase:
      break;
  }
  return "delete";
}

std::string text_of(const Consistency& asked) {
  if (asked.answers) return fmt::format(" by {}", *asked.answers);
  if (!asked.level) return "";
  switch (*asked.level) {
    case Level::one:
      return " by one";
    case Level::quorum:
      return " by quorum";
    case Level::all:
      return " by all";
    case Level::linearizable:
      break;
  }
  return " linearizable";
}

}  // namespace

std::string name_of(NodeId node) {
  return fmt::format("n{}", node.raw() + 1);
}

std::string text_of(const Message& message, const ActorNames& names) {
  return std::visit(Teller{names}, message.body);
}

std::string text_of(const Request& request) {
  return fmt::format("{} {}{}{}{}", word_for(request.verb), word(request.key),
                     request.verb == Verb::put ? "=" + word(request.value) : "",
                     text_of(request.consistency),
                     request.id == RequestId{0}
                         ? ""
                         : fmt::format(", id {:04x}", request.id.raw() >> 48U));
}

std::string values_text(const KeyState& state, WallMs wall) {
  std::string text;
  for (const Version* version : visible(state, wall)) {
    text += (text.empty() ? "" : ", ") + word(version->value);
  }
  return text.empty() ? "nothing" : text;
}

std::string text_of(const Reply& reply, const ReplyFrame& frame) {
  switch (reply.outcome) {
    case Outcome::ok:
      return fmt::format("ok{} ({} of {})",
                         frame.is_read ? " " + values_text(reply.state, frame.wall) : "",
                         reply.answers, frame.copies);
    case Outcome::refused:
      return "refused: " + reply.detail;
    case Outcome::unknown:
      break;
  }
  return "unknown: " + reply.detail;
}

bool is_chatter(const Message& message) {
  return std::holds_alternative<Hello>(message.body) ||
         std::holds_alternative<KnownAs>(message.body) ||
         std::holds_alternative<Pull>(message.body) ||
         std::holds_alternative<Page>(message.body) ||
         std::holds_alternative<Heartbeat>(message.body);
}

std::string key_of(const Message& message) {
  return std::visit(
      [](const auto& body) -> std::string {
        if constexpr (requires { body.key; }) {
          return body.key;
        } else {
          return "";
        }
      },
      message.body);
}

}  // namespace kv
