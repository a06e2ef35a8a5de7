#include "v4_replicated_kv/wire/message_bytes.hpp"

#include <cstdint>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "v4_replicated_kv/versioning/history_bytes.hpp"
#include "v4_replicated_kv/versioning/version.hpp"
#include "v4_replicated_kv/versioning/version_bytes.hpp"
#include "v4_replicated_kv/wire/flags.hpp"
#include "v4_replicated_kv/wire/varint.hpp"

namespace kv {

namespace {

// What a body is called on the wire: its place in Message::body, which only grows at its end,
// counted from 1.
using Body = decltype(Message::body);
constexpr std::uint8_t kKinds = std::variant_size_v<Body>;

template <std::size_t kind, class Type>
constexpr bool kIs = std::is_same_v<std::variant_alternative_t<kind - 1, Body>, Type>;
static_assert(kIs<1, Offer> && kIs<2, Mint> && kIs<3, Minted> && kIs<4, Push>);
static_assert(kIs<5, Stored> && kIs<6, Ask> && kIs<7, Held> && kIs<8, Hello>);
static_assert(kIs<9, KnownAs> && kIs<10, Pull> && kIs<11, Page> && kIs<12, Heartbeat>);
static_assert(kIs<13, List> && kIs<14, Listed>);

// A key of one byte, and a state of nothing.
constexpr std::size_t kEntryBytesMin = (1 + 1) + 4 + (2 + 8 + 4 + 1);

constexpr std::uint8_t raw(Kind kind) {
  return static_cast<std::uint8_t>(kind);
}
constexpr std::uint8_t raw(Storing storing) {
  return static_cast<std::uint8_t>(storing);
}

void append_byte(std::string& out, std::uint8_t number) {
  out += static_cast<char>(number);
}

void append_standing(std::string& out, const Standing& standing) {
  append_le(out, standing.actor.raw());
  append_varint(out, standing.durable);
  append_varint(out, standing.reserved);
}

// How many are to be written: none behind the last that is not kNoLife.
std::size_t size_of(const Served& served) {
  std::size_t size = served.size();
  while (size > 0 && served.at(size - 1) == kNoLife) --size;
  return size;
}

void append_served(std::string& out, const Served& served) {
  const std::size_t size = size_of(served);
  if (size == 0) return;
  append_byte(out, static_cast<std::uint8_t>(size));
  for (std::size_t place = 0; place < size; ++place) {
    append_le(out, served.at(place).raw());
  }
}

struct Writer {
  std::string& out;
  Policy policy;

  void operator()(const Offer& offer) const {
    append_text(out, offer.key);
    append_byte(out, flags(offer.older_is_fine));
    append_version(out, offer.version);
  }
  void operator()(const Mint& mint) const {
    append_text(out, mint.key);
    append_byte(out, raw(mint.draft.kind));
    append_varint(out, mint.draft.expires.raw());
    append_le(out, mint.draft.request.raw());
    append_text(out, mint.draft.value);
    append_history(out, mint.context);
  }
  void operator()(const Minted& minted) const {
    append_sized_state(out, policy, minted.state);
    append_history(out, minted.context);
  }
  void operator()(const Push& push) const {
    append_text(out, push.key);
    append_sized_state(out, policy, push.state);
  }
  void operator()(const Stored& stored) const {
    append_byte(out, raw(stored.storing));
    append_varint(out, stored.above);
    append_byte(out, flags(stored.error.has_value(), size_of(stored.served) > 0));
    if (stored.error) append_error(out, *stored.error);
    append_served(out, stored.served);
  }
  void operator()(const Ask& ask) const {
    append_text(out, ask.key);
    append_byte(out, flags(ask.detail == Detail::state, ask.durable, ask.short_only));
  }
  void operator()(const Held& held) const {
    append_le(out, held.digest);
    append_varint(out, held.counter);
    append_byte(out, flags(held.state.has_value(), held.error.has_value(),
                           size_of(held.served) > 0, held.long_bytes > 0));
    if (held.state) append_sized_state(out, policy, *held.state);
    if (held.error) append_error(out, *held.error);
    append_served(out, held.served);
    if (held.long_bytes > 0) append_varint(out, held.long_bytes);
  }
  void operator()(const Hello& /*hello*/) const {}
  void operator()(const KnownAs& known) const {
    append_byte(out, flags(known.seen.has_value()));
    if (known.seen) append_standing(out, *known.seen);
  }
  void operator()(const Pull& pull) const {
    append_varint(out, pull.partition.raw());
    append_le(out, pull.from_hash.raw());
    append_text(out, pull.from_key);
  }
  void operator()(const Page& page) const {
    append_varint(out, page.partition.raw());
    append_byte(out, flags(page.is_last, page.error.has_value()));
    append_le(out, page.next_hash.raw());
    append_text(out, page.next_key);
    if (page.error) append_error(out, *page.error);
    append_entries(page.entries);
  }
  void operator()(const List& list) const {
    append_le(out, list.from_hash.raw());
    append_text(out, list.from_key);
    append_le(out, list.last.raw());
    append_text(out, list.prefix);
    append_varint(out, list.limit);
  }
  void operator()(const Listed& listed) const {
    append_byte(out, flags(listed.is_last, listed.error.has_value()));
    append_le(out, listed.next_hash.raw());
    append_text(out, listed.next_key);
    if (listed.error) append_error(out, *listed.error);
    append_entries(listed.entries);
  }

  void append_entries(const std::vector<Page::Entry>& entries) const {
    append_varint(out, entries.size());
    for (const Page::Entry& entry : entries) {
      append_text(out, entry.key);
      append_sized_state(out, policy, entry.state);
    }
  }
  void operator()(const Heartbeat& /*heartbeat*/) const {}
};

Standing read_standing(FieldReader& in) {
  Standing standing;
  standing.actor = ActorId{in.fixed("an actor")};
  standing.durable = in.number(kSeqMax, "how far a disk is");
  standing.reserved = in.number(kSeqMax, "how far numbers are reserved");
  return standing;
}

Served read_served(FieldReader& in) {
  Served served{};
  const std::size_t at = in.offset();
  const std::size_t size = in.byte(kCopiesMax, "a count of owners");
  for (std::size_t place = 0; place < size && in.ok(); ++place) {
    served.at(place) = ActorId{in.fixed("an actor")};
  }
  if (in.ok() && (size == 0 || size_of(served) != size)) in.refuse(at, "lives of owners");
  return served;
}

struct Reader {
  FieldReader& in;
  Policy policy;

  void operator()(Offer& offer) const {
    offer.key = in.key();
    offer.older_is_fine = has_first(in.byte(1, "flags of an offer"));
    offer.version = in.version();
  }
  void operator()(Mint& mint) const {
    mint.key = in.key();
    const std::size_t at = in.offset();
    mint.draft.kind =
        static_cast<Kind>(in.byte(raw(Kind::expired), "the kind of a draft"));
    mint.draft.expires = WallMs{in.number(UINT64_MAX, "a time of expiry")};
    mint.draft.request = RequestId{in.fixed("a request's id")};
    mint.draft.value = in.text(0, kValueBytesMax, "a value");
    if (!is_sound(mint.draft)) in.refuse(at, "a draft");
    mint.context = in.history();
  }
  void operator()(Minted& minted) const {
    minted.state = in.state(policy);
    minted.context = in.history();
  }
  void operator()(Push& push) const {
    push.key = in.key();
    push.state = in.state(policy);
  }
  void operator()(Stored& stored) const {
    stored.storing =
        static_cast<Storing>(in.byte(raw(Storing::uncounted), "a way of storing"));
    stored.above = in.number(kCounterMax, "a counter");
    const std::uint8_t flags = in.byte(3, "flags of an answer");
    if (has_first(flags)) stored.error = in.error();
    if (has_second(flags)) stored.served = read_served(in);
  }
  void operator()(Ask& ask) const {
    ask.key = in.key();
    const std::uint8_t flags = in.byte(7, "flags of a question");
    ask.detail = has_first(flags) ? Detail::state : Detail::digest;
    ask.durable = has_second(flags);
    ask.short_only = has_third(flags);
  }
  void operator()(Held& held) const {
    held.digest = in.fixed("a digest");
    held.counter = in.number(kCounterMax, "a counter");
    const std::uint8_t flags = in.byte(15, "flags of an answer");
    if (has_first(flags)) held.state = in.state(policy);
    if (has_second(flags)) held.error = in.error();
    if (has_third(flags)) held.served = read_served(in);
    if (!has_fourth(flags)) return;
    const std::size_t at = in.offset();
    held.long_bytes = in.number(kLongBytesMax, "a number of bytes");
    if (held.long_bytes == 0) in.refuse(at, "bytes of a long value");
  }
  void operator()(Hello& /*hello*/) const {}
  void operator()(KnownAs& known) const {
    if (has_first(in.byte(1, "flags of an answer"))) known.seen = read_standing(in);
  }
  void operator()(Pull& pull) const {
    pull.partition = PartitionId{in.number32("a partition")};
    pull.from_hash = KeyHash{in.fixed("a hash")};
    pull.from_key = in.text(0, kKeyBytesMax, "a key");
  }
  void operator()(Page& page) const {
    page.partition = PartitionId{in.number32("a partition")};
    const std::uint8_t flags = in.byte(3, "flags of a page");
    page.is_last = has_first(flags);
    page.next_hash = KeyHash{in.fixed("a hash")};
    page.next_key = in.text(0, kKeyBytesMax, "a key");
    if (has_second(flags)) page.error = in.error();
    read_entries(page.entries);
  }
  void operator()(List& list) const {
    list.from_hash = KeyHash{in.fixed("a hash")};
    list.from_key = in.text(0, kKeyBytesMax, "a key");
    list.last = KeyHash{in.fixed("a hash")};
    list.prefix = in.text(0, kKeyBytesMax, "a prefix");
    list.limit = in.number32("a limit");
  }
  void operator()(Listed& listed) const {
    const std::uint8_t flags = in.byte(3, "flags of a list");
    listed.is_last = has_first(flags);
    listed.next_hash = KeyHash{in.fixed("a hash")};
    listed.next_key = in.text(0, kKeyBytesMax, "a key");
    if (has_second(flags)) listed.error = in.error();
    read_entries(listed.entries);
  }

  void read_entries(std::vector<Page::Entry>& entries) const {
    const std::size_t at = in.offset();
    const std::size_t count = in.count(kEntryBytesMin, "a count of keys");
    if (count > kPageEntriesMax) in.refuse(at, "a count of keys");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      Page::Entry& entry = entries.emplace_back();
      entry.key = in.key();
      entry.state = in.state(policy);
    }
  }
  void operator()(Heartbeat& /*heartbeat*/) const {}
};

// Makes `body` the kind that a number stands for.
template <std::size_t kind = 1>
void become(Body& body, std::size_t number) {
  if (number == kind) {
    body.emplace<kind - 1>();
  } else if constexpr (kind < kKinds) {
    become<kind + 1>(body, number);
  }
}

// How many keys a page of them has.
std::size_t keys_of(const Message& message) {
  if (const auto* const page = std::get_if<Page>(&message.body)) {
    return page->entries.size();
  }
  const auto* const listed = std::get_if<Listed>(&message.body);
  return listed == nullptr ? 0 : listed->entries.size();
}

}  // namespace

Result<void> append_message(std::string& out, Policy policy, const Message& message) {
  if (const std::size_t keys = keys_of(message); keys > kPageEntriesMax) {
    return fail(Errc::too_large,
                fmt::format("a page of {} keys: {} are the most", keys, kPageEntriesMax));
  }
  const std::size_t begin = out.size();
  append_byte(out, static_cast<std::uint8_t>(message.body.index() + 1));
  append_varint(out, message.from.raw());
  append_varint(out, message.to.raw());
  append_le(out, message.operation.raw());
  append_varint(out, message.round);
  append_varint(out, message.epoch.raw());
  append_standing(out, message.standing);
  std::visit(Writer{out, policy}, message.body);
  const std::size_t bytes = out.size() - begin;
  if (bytes <= kMessageBytesMax) return {};
  out.resize(begin);
  return fail(Errc::too_large, fmt::format("a peer message of {} bytes: {} are the most",
                                           bytes, kMessageBytesMax));
}

Result<bool> MessageReader::next(Message& message) {
  if (in_.at_end()) return false;
  const std::size_t at = in_.offset();
  const std::uint8_t kind = in_.byte(kKinds, "a kind of message");
  if (kind == 0) in_.refuse(at, "a kind of message");
  message.from = NodeId{in_.number32("a sender")};
  message.to = NodeId{in_.number32("a receiver")};
  message.operation = OperationId{in_.fixed("an operation")};
  message.round = in_.number32("a round");
  message.epoch = Epoch{in_.number(UINT64_MAX, "an epoch")};
  message.standing = read_standing(in_);
  if (in_.ok()) {
    become(message.body, kind);
    std::visit(Reader{in_, policy_}, message.body);
  }
  if (!in_.ok()) return std::unexpected(in_.failure());
  return true;
}

}  // namespace kv
