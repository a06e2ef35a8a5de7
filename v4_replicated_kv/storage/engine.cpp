#include "v4_replicated_kv/storage/engine.hpp"

#include <fmt/format.h>

#include "common/base/bytes.hpp"

namespace kv {

Result<void> check_limits(const KeyChange& change) {
  if (change.key.empty()) return fail(Errc::too_large, "a key has at least one byte");
  if (change.key.size() > kKeyBytesMax) {
    return fail(Errc::too_large, fmt::format("the key has {} bytes, and may have {}",
                                             change.key.size(), kKeyBytesMax));
  }
  const std::size_t most = is_state(change.kind) ? kStateBytesMax : kValueBytesMax;
  if (change.value.size() > most) {
    return fail(Errc::too_large, fmt::format("the value has {} bytes, and may have {}",
                                             change.value.size(), most));
  }
  return {};
}

Result<void> check_index(const Index& index, const KeyChange& change,
                         std::size_t bytes_max) {
  const std::size_t needed = index.memory_with(change.hash, change.key.size());
  if (needed <= bytes_max || index.find(change.hash, change.key) != nullptr) return {};
  return fail(
      Errc::out_of_memory,
      fmt::format("{} keys take {} bytes of memory, and may take {}: delete some, "
                  "add nodes, or raise storage.index_bytes_max",
                  index.keys() + index.tombstones(), index.memory(), bytes_max));
}

Record record_of(const KeyChange& change) {
  return {.kind = change.kind,
          .compressed = change.compressed,
          .version = change.version,
          .expires = change.expires,
          .digest = change.digest,
          .key = change.key,
          .value = change.stored};
}

Known known_of(const IndexEntry& entry) {
  return {.kind = entry.kind,
          .seq = entry.seq,
          .version = entry.version,
          .expires = entry.expires,
          .digest = entry.digest};
}

std::string drop_key(PartitionId partition) {
  std::string key;
  append_le(key, partition.raw());
  return key;
}

}  // namespace kv
