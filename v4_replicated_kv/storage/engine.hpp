// What every storage engine does: take in changes of keys, and find them.
//
// Why       whether values are kept on a disk or only in memory is a question of cost,
//           not of meaning: whoever asks for a key should not have to know.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/index.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// What becomes of a key. Views are read during the call.
struct KeyChange {
  KeyHash hash;
  std::string_view key;  // 1 to kKeyBytesMax bytes
  RecordKind kind = RecordKind::value;
  Timestamp version{};
  WallMs expires{};
  std::uint64_t digest = 0;
  std::string_view value;   // as it is: what a read returns
  std::string_view stored;  // the same, or its zstd frame
  bool compressed = false;
};

// What is known of a key's newest record.
struct Known {
  RecordKind kind = RecordKind::value;
  std::uint64_t seq = 0;
  Timestamp version{};
  WallMs expires{};
  std::uint64_t digest = 0;
};

// Where a value is to be read from, outside of the engine: see read_cold().
struct ColdValue {
  std::shared_ptr<const File> file;
  Position position;
  std::uint32_t bytes = 0;
};

// A key that is there, or was deleted: then there is a tombstone, and no value.
struct Found {
  Known known;
  std::variant<std::monostate, std::string, ColdValue> value;
};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // Takes in a change; readers see it from here on. Returns its sequence number, larger
  // than all before. Where it returns an error nothing changed:
  //   too_large      the key or value is over its limit, or the key is empty
  //   out_of_memory  keys take all the memory that they may
  //   disk_full      there is no room for it; reads go on
  //   stopped        a write to the disk failed before
  [[nodiscard]] virtual Result<std::uint64_t> write(const KeyChange& change) = 0;

  // Voids all keys of a partition; errors as of write().
  [[nodiscard]] virtual Result<std::uint64_t> drop(PartitionId partition) = 0;

  // The key, or nothing. Errc::corrupt where damage may have taken what was written to
  // it, Errc::stopped as above.
  [[nodiscard]] Result<std::optional<Found>> find(KeyHash hash, std::string_view key) {
    return look_at(hash, index().find(hash, key));
  }

  // The same, for who has asked the index already; no entry means that it knows none.
  [[nodiscard]] virtual Result<std::optional<Found>> look_at(KeyHash hash,
                                                             const IndexEntry* entry) = 0;

  [[nodiscard]] virtual const Index& index() const = 0;
};

// Errc::too_large, with a sentence, for a key or a value that no engine takes.
[[nodiscard]] Result<void> check_limits(const KeyChange& change);

// Errc::out_of_memory where a new key would take the index over `bytes_max`.
[[nodiscard]] Result<void> check_index(const Index& index, const KeyChange& change,
                                       std::size_t bytes_max);

[[nodiscard]] Record record_of(const KeyChange& change);
[[nodiscard]] Known known_of(const IndexEntry& entry);

// Names a partition in the key of a record that drops it.
[[nodiscard]] std::string drop_key(PartitionId partition);

}  // namespace kv
