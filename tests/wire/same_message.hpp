// Whether two messages say the same, field by field.
#pragma once

#include <algorithm>
#include <optional>
#include <type_traits>
#include <variant>

#include "v4_replicated_kv/replication/messages.hpp"

namespace kv::test {

inline bool same(const std::optional<Error>& a, const std::optional<Error>& b) {
  return a.has_value() == b.has_value() &&
         (!a || (a->code == b->code && a->detail == b->detail));
}

inline bool same(const Standing& a, const Standing& b) {
  return a.actor == b.actor && a.durable == b.durable && a.reserved == b.reserved;
}

inline bool same(const Offer& a, const Offer& b) {
  return a.key == b.key && a.version == b.version && a.older_is_fine == b.older_is_fine;
}
inline bool same(const Mint& a, const Mint& b) {
  return a.key == b.key && a.draft == b.draft && a.context == b.context;
}
inline bool same(const Minted& a, const Minted& b) {
  return a.state == b.state && a.context == b.context;
}
inline bool same(const Push& a, const Push& b) {
  return a.key == b.key && a.state == b.state;
}
inline bool same(const Stored& a, const Stored& b) {
  return a.storing == b.storing && a.above == b.above && same(a.error, b.error) &&
         a.served == b.served;
}
inline bool same(const Ask& a, const Ask& b) {
  return a.key == b.key && a.detail == b.detail && a.durable == b.durable &&
         a.short_only == b.short_only;
}
inline bool same(const Held& a, const Held& b) {
  return a.digest == b.digest && a.counter == b.counter && a.state == b.state &&
         same(a.error, b.error) && a.served == b.served && a.long_bytes == b.long_bytes;
}
inline bool same(const Hello& /*a*/, const Hello& /*b*/) {
  return true;
}
inline bool same(const KnownAs& a, const KnownAs& b) {
  return a.seen.has_value() == b.seen.has_value() && (!a.seen || same(*a.seen, *b.seen));
}
inline bool same(const Pull& a, const Pull& b) {
  return a.partition == b.partition && a.from_hash == b.from_hash &&
         a.from_key == b.from_key;
}
inline bool same_entry(const Page::Entry& a, const Page::Entry& b) {
  return a.key == b.key && a.state == b.state;
}
inline bool same(const Page& a, const Page& b) {
  return a.partition == b.partition && a.is_last == b.is_last &&
         a.next_hash == b.next_hash && a.next_key == b.next_key &&
         same(a.error, b.error) && std::ranges::equal(a.entries, b.entries, same_entry);
}
inline bool same(const Heartbeat& /*a*/, const Heartbeat& /*b*/) {
  return true;
}

inline bool same(const List& a, const List& b) {
  return a.from_hash == b.from_hash && a.from_key == b.from_key && a.last == b.last &&
         a.prefix == b.prefix && a.limit == b.limit;
}
inline bool same(const Listed& a, const Listed& b) {
  return a.is_last == b.is_last && a.next_hash == b.next_hash &&
         a.next_key == b.next_key && same(a.error, b.error) &&
         std::ranges::equal(a.entries, b.entries, same_entry);
}

inline bool same(const Message& a, const Message& b) {
  const auto same_body = [](const auto& x, const auto& y) {
    if constexpr (std::is_same_v<decltype(x), decltype(y)>) return same(x, y);
    return false;
  };
  return a.from == b.from && a.to == b.to && a.operation == b.operation &&
         a.round == b.round && a.epoch == b.epoch && same(a.standing, b.standing) &&
         std::visit(same_body, a.body, b.body);
}

}  // namespace kv::test
