#include "v4_replicated_kv/storage/memory_engine.hpp"

#include <fmt/format.h>

namespace kv {

Result<std::uint64_t> MemoryEngine::write(const KeyChange& change) {
  if (auto limits = check_limits(change); !limits) {
    return std::unexpected(limits.error());
  }
  if (auto index = check_index(index_, change, index_bytes_max_); !index) {
    return std::unexpected(index.error());
  }
  const bool keeps_value = has_value(change.kind);
  if (keeps_value && index_.hot().room_for(change.value) > value_bytes_max_) {
    return fail(Errc::out_of_memory,
                fmt::format("values take {} bytes of memory, and may take {}: the memory "
                            "engine keeps all of them there",
                            index_.hot().bytes(), value_bytes_max_));
  }
  Record record = record_of(change);
  record.seq = next_seq_++;
  IndexEntry* const entry = index_.apply(change.hash, record, {}, 0);
  entry->older = 0;  // nothing older is anywhere: alone, a tombstone may go at once
  if (keeps_value) {
    index_.hot().keep(*entry, change.value);
  } else if (!keep_tombstones_) {
    index_.forget(change.hash, change.key, record.seq, {});
  }
  return record.seq;
}

Result<std::uint64_t> MemoryEngine::drop(PartitionId partition) {
  const std::string key = drop_key(partition);
  const Record record{.kind = RecordKind::drop_partition, .seq = next_seq_++, .key = key};
  index_.apply(KeyHash{0}, record, {}, 0);
  return record.seq;
}

Result<std::optional<Found>> MemoryEngine::look_at(KeyHash /*hash*/,
                                                   const IndexEntry* entry) {
  if (entry == nullptr) return std::nullopt;
  if (!has_value(entry->kind)) return Found{.known = known_of(*entry), .value = {}};
  return Found{.known = known_of(*entry), .value = HotValues::use(*entry)};
}

}  // namespace kv
