// What is known of a key without reading its value.
//
// Why       a put to a cold key, a scan, a digest, a transfer that resumes: none of them
//           may cost a read from the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "v4_replicated_kv/storage/hot_values.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// One allocation each, the key's bytes right behind it.
struct IndexEntry {
  std::uint64_t seq = 0;  // of the newest record, which is what all else is of
  Timestamp version{};
  WallMs expires{};
  std::uint64_t digest = 0;
  Position position;
  std::uint32_t bytes = 0;  // of the whole record on the disk
  // How many older records of the key are still on the disk. A tombstone may go when
  // there are none: before that, its going would bring one of them back.
  std::uint32_t older = 0;
  HotValues::Place hot;  // where is_hot
  RecordKind kind = RecordKind::value;
  bool is_hot = false;
  mutable bool is_used = false;  // since it became hot, or was looked at for its room
  std::uint16_t key_bytes = 0;

  // Whether nobody would miss the record: a tombstone that hides none any more.
  [[nodiscard]] bool is_above_nothing() const {
    return kind == RecordKind::tombstone && older == 0;
  }

  [[nodiscard]] std::string_view key() const {
    return {reinterpret_cast<const char*>(this + 1), key_bytes};
  }

  // What makes and frees one.
  struct Free {
    void operator()(IndexEntry* entry) const;
  };
  [[nodiscard]] static std::unique_ptr<IndexEntry, Free> make(std::string_view key);

  // How many bytes of memory the entry of such a key takes.
  [[nodiscard]] static std::size_t memory(std::size_t key_bytes);
};

using IndexEntryPtr = std::unique_ptr<IndexEntry, IndexEntry::Free>;

}  // namespace kv
