#include "v4_replicated_kv/replication/stored_state.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "v4_replicated_kv/versioning/state_bytes.hpp"

namespace kv {

namespace {

// Whether the state is a version and nothing else, so that a record's head can hold it.
bool is_plain(Policy policy, const KeyState& state) {
  if (policy != Policy::last_write_wins || state.versions.size() != 1) return false;
  const Version& version = state.versions.front();
  return version.kind != Kind::expired && version.request == RequestId{0} &&
         state.recent.entries().empty();
}

// Whether there is a value for readers, until its time is over.
bool is_there(const KeyState& state) {
  return std::ranges::any_of(
      state.versions, [](const Version& version) { return version.kind == Kind::value; });
}

KeyState plain_state(const Known& known, std::string value) {
  KeyState state;
  state.versions.push_back(
      {.at = known.version,
       .kind = known.kind == RecordKind::tombstone ? Kind::tombstone : Kind::value,
       .expires = known.expires,
       .value = std::move(value)});
  return state;
}

Result<void> put_value(StoredState& held, const StateRules& rules, RecordKind kind,
                       std::string bytes) {
  if (kind == RecordKind::value) {
    held.state.versions.front().value = std::move(bytes);
    return {};
  }
  auto state = parse_state(rules.policy, bytes);
  if (!state) return std::unexpected(state.error());
  held.state = *std::move(state);
  return {};
}

}  // namespace

Timestamp newest(const KeyState& state) {
  Timestamp newest;
  for (const Version& version : state.versions) newest = std::max(newest, version.at);
  return newest;
}

Result<StoredState> load_state(Engine& engine, const StateRules& rules, KeyHash hash,
                               std::string_view key, Part part,
                               const FetchedValue* fetched) {
  StoredState held;
  const IndexEntry* const entry = engine.index().find(hash, key);
  if (entry == nullptr) return held;
  held.seq = entry->seq;
  held.digest = entry->digest;
  const RecordKind kind = entry->kind;
  if (!is_state(kind)) held.state = plain_state(known_of(*entry), {});
  if (kind == RecordKind::tombstone) return held;
  if (kind == RecordKind::value && part == Part::head) return held;
  if (fetched != nullptr && fetched->seq == entry->seq) {
    if (auto put = put_value(held, rules, kind, fetched->bytes); !put) {
      return std::unexpected(put.error());
    }
    return held;
  }
  auto found = engine.look_at(hash, entry);
  if (!found) return std::unexpected(found.error());
  if (auto* const cold = std::get_if<ColdValue>(&(*found)->value)) {
    held.cold = std::move(*cold);
    return held;
  }
  auto& value = std::get<std::string>((*found)->value);
  if (auto put = put_value(held, rules, kind, std::move(value)); !put) {
    return std::unexpected(put.error());
  }
  return held;
}

std::size_t bytes_in_memory(const IndexEntry* entry) {
  return entry != nullptr && entry->is_hot ? HotValues::use(*entry).size() : 0;
}

Result<Written> store_state(Engine& engine, const StateRules& rules,
                            const Compression& compression, KeyHash hash,
                            std::string_view key, const KeyState& state) {
  const std::string bytes = state_bytes(rules.policy, state);
  KeyChange change{
      .hash = hash,
      .key = key,
      .kind = is_there(state) ? RecordKind::state : RecordKind::deleted_state,
      .version = newest(state),
      .digest = digest_of_bytes(bytes, rules.digest_seed),
      .value = bytes,
      .stored = {}};
  if (is_plain(rules.policy, state)) {
    const Version& version = state.versions.front();
    const bool is_value = version.kind == Kind::value;
    change.kind = is_value ? RecordKind::value : RecordKind::tombstone;
    change.expires = version.expires;
    change.value = version.value;
  }
  const StoredValue stored = compress(change.value, compression);
  change.stored = stored.bytes(change.value);
  change.compressed = stored.compressed;
  const auto seq = engine.write(change);
  if (!seq) return std::unexpected(seq.error());
  return Written{.seq = *seq, .digest = change.digest};
}

}  // namespace kv
