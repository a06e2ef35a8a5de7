// One change of one key, as it lies in the log.
//
//   0     4      8      10    11     12   20       28     36        44       52      60
//   +-----+------+------+-----+------+----+--------+------+---------+--------+-------+
//   | crc | vlen | klen | kind| flags| seq| counter| actor| dot seq | expires| digest|
//   +-----+------+------+-----+------+----+--------+------+---------+--------+-------+
//   | key, value                                                    little-endian    |
//   +--------------------------------------------------------------------------------+
//
// The checksum covers everything after itself, so a flipped bit in a length is caught
// before the length is believed.
//
// Breaks if  a record is trusted because its neighbours are: a cold read finds it alone,
//            years later, on a disk that forgot a bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "v4_replicated_kv/types.hpp"

namespace kv {

enum class RecordKind : std::uint8_t {
  value = 1,           // the key has this value now
  tombstone = 2,       // the key has none
  drop_partition = 3,  // what this log held of a partition before is void
  state = 4,           // the value spells all that is known of the key (versioning)
  deleted_state = 5,   // the same, and no value for readers is in it
};

// Whether the record's value is a state of the key, and not what readers get.
[[nodiscard]] constexpr bool is_state(RecordKind kind) {
  return kind == RecordKind::state || kind == RecordKind::deleted_state;
}

// Whether the key's bytes are more than its name: there is a value to read.
[[nodiscard]] constexpr bool has_value(RecordKind kind) {
  return kind == RecordKind::value || is_state(kind);
}

// Whether the key is only remembered, as one that was deleted. The head says so, as keys are
// counted by their heads.
[[nodiscard]] constexpr bool is_deleted(RecordKind kind) {
  return kind == RecordKind::tombstone || kind == RecordKind::deleted_state;
}

// Views into somebody else's bytes: valid as long as those are.
struct Record {
  RecordKind kind = RecordKind::value;
  bool compressed = false;   // the value is a zstd frame
  std::uint64_t seq = 0;     // orders this log's records, from 1 on
  Timestamp version{};       // orders the key's versions on all nodes
  WallMs expires{};          // 0: never
  std::uint64_t digest = 0;  // of the key's logical state, the same on all nodes
  std::string_view key{};    // of drop_partition: its number in 4 bytes
  std::string_view value{};  // as stored
};

inline constexpr std::size_t kRecordHeaderBytes = 60;

// The longest state of a key: its values, and what is remembered of their requests.
inline constexpr std::size_t kStateBytesMax = kValueBytesMax + (std::size_t{64} << 10);

// The longest record there can be.
inline constexpr std::size_t kRecordBytesMax =
    kRecordHeaderBytes + kKeyBytesMax + kStateBytesMax;

// Whether a number from outside is one of the kinds.
[[nodiscard]] constexpr bool is_record_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(RecordKind::value) &&
         kind <= static_cast<std::uint8_t>(RecordKind::deleted_state);
}

// How many bytes the record takes in the log.
[[nodiscard]] std::size_t bytes_of(const Record& record);

// Appends the record to `out`. Key and value are within their limits.
void append_record(std::string& out, const Record& record);

// The record that `bytes` begin with; nothing where they do not begin with a whole and
// undamaged one. Lengths are held against `bytes` and the limits before they are used.
[[nodiscard]] std::optional<Record> decode_record(std::string_view bytes);

// The partition that a record of kind drop_partition names; nothing for other bytes.
[[nodiscard]] std::optional<PartitionId> dropped_partition(const Record& record);

}  // namespace kv
