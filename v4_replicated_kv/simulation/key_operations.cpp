#include "v4_replicated_kv/simulation/key_operations.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv {

namespace {

WriteId id_of(const ClientOperation* write) {
  return write->written;
}

// By key; writes first, by id; then reads, as they began.
bool comes_before(const ClientOperation* a, const ClientOperation* b) {
  return std::tuple(a->key, !a->is_write(), a->written, a) <
         std::tuple(b->key, !b->is_write(), b->written, b);
}

}  // namespace

std::size_t KeyOperations::place_of(WriteId id) const {
  const auto at = std::ranges::lower_bound(writes, id, {}, id_of);
  if (at == writes.end() || id_of(*at) != id) return writes.size();
  return static_cast<std::size_t>(at - writes.begin());
}

const ClientOperation* KeyOperations::write_of(WriteId id) const {
  const std::size_t place = place_of(id);
  return place == writes.size() ? nullptr : writes[place];
}

OperationsByKey::OperationsByKey(const ClientHistory& history) {
  sorted_.reserve(history.operations().size());
  for (const ClientOperation& operation : history.operations()) {
    const bool answered = operation.outcome == Outcome::ok;
    if (operation.is_write() || answered) sorted_.push_back(&operation);
  }
  std::ranges::sort(sorted_, comes_before);
  for (auto from = sorted_.begin(); from != sorted_.end();) {
    const KeyNumber key = (*from)->key;
    const auto reads = std::find_if(from, sorted_.end(), [&](const ClientOperation* at) {
      return at->key != key || !at->is_write();
    });
    const auto end = std::find_if(
        reads, sorted_.end(), [&](const ClientOperation* at) { return at->key != key; });
    keys_.push_back({.key = key, .writes = {from, reads}, .reads = {reads, end}});
    KV_CHECK(std::ranges::adjacent_find(keys_.back().writes, {}, id_of) ==
                 keys_.back().writes.end(),
             "two writes of one id: no read could say which of them it saw");
    from = end;
  }
}

KeyOperations OperationsByKey::of(KeyNumber key) const {
  const auto at = std::ranges::lower_bound(keys_, key, {}, &KeyOperations::key);
  if (at == keys_.end() || at->key != key) {
    return {.key = key, .writes = {}, .reads = {}};
  }
  return *at;
}

Sight sight_of(const ClientOperation& read) {
  return {.values = read.seen,
          .from = read.invoked,
          .to = *read.returned,
          .level = read.level};
}

std::optional<Finding> impossible(const KeyOperations& key, WriteId id, Tick until) {
  const ClientOperation* write = key.write_of(id);
  if (write == nullptr) {
    return Finding{Wrong::from_nowhere, "a value that nobody put there"};
  }
  if (write->outcome == Outcome::refused) {
    return Finding{Wrong::was_refused, describe_write(write) + ", which was refused",
                   write};
  }
  if (write->invoked > until) {
    return Finding{Wrong::not_begun, describe_write(write) + ", which began only later",
                   write};
  }
  return {};
}

Violation violation_of(const KeyOperations& key, const ClientOperation& read,
                       const Finding& found) {
  return {.key = key.key,
          .wrong = found.wrong,
          .sentence = fmt::format("{} saw {}", describe(read), found.words),
          .when = interval_of(read)};
}

}  // namespace kv
