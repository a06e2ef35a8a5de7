// Every key of the store: what its newest record says, and where that lies.
//
// Idea      the log is the store, and the index is what makes it one: records arrive in
//           any order (files are read back in any order), the one with the largest
//           sequence number counts, and the others are only so many bytes to win back.
// Source    Bitcask: Sheehy and Smith, "A log-structured hash table for fast key/value
//           data", 2010.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <ranges>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/storage/hot_values.hpp"
#include "v4_replicated_kv/storage/partition_index.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

class Index {
 public:
  // `partitions` is a power of two, at most 2^31; hot values take at most so many bytes.
  Index(std::uint32_t partitions, std::size_t hot_bytes_max);

  [[nodiscard]] PartitionId partition_of(KeyHash hash) const;
  [[nodiscard]] std::uint32_t partitions() const {
    return static_cast<std::uint32_t>(partitions_.size());
  }

  // The key's entry, a tombstone's included, or nullptr.
  [[nodiscard]] IndexEntry* find(KeyHash hash, std::string_view key) const;

  // Keys of these hashes are about to be looked for. Where an index is larger than the caches
  // each would wait for memory several times; here they all wait together.
  template <std::ranges::forward_range Hashes>
  void expect(const Hashes& hashes) const {
    const auto partition = [&](KeyHash hash) -> const PartitionIndex& {
      return partitions_[partition_of(hash).raw()];
    };
    for (const KeyHash hash : hashes) partition(hash).expect_slot(hash);
    for (const KeyHash hash : hashes) partition(hash).expect_entry(hash);
  }

  // Takes in a record that lies at `at` and has so many bytes. Returns its entry, or
  // nullptr where something newer is known. Any order of the same records ends with the
  // same keys. What was hot of the key stays so: whoever has the new value keeps it
  // instead, or drops it.
  IndexEntry* apply(KeyHash hash, const Record& record, Position at, std::uint32_t bytes);

  // A record of the key, which lay at `from`, lies at `to` now.
  void move(KeyHash hash, std::string_view key, Position from, Position to);

  // A record `seq` of the key, which lay at `from`, is not on the disk any more. If it
  // was the newest, a tombstone, the key is forgotten.
  void forget(KeyHash hash, std::string_view key, std::uint64_t seq, Position from);

  // What was dropped, by which record: older ones of the partition do not count.
  [[nodiscard]] const std::map<PartitionId, std::uint64_t>& dropped_at() const {
    return dropped_at_;
  }

  // The largest counter of a version that a partition let go of: new versions are to be
  // above it, or a late copy of what was forgotten would win against them.
  [[nodiscard]] std::uint64_t counter_floor(PartitionId partition) const;
  [[nodiscard]] const std::map<PartitionId, std::uint64_t>& counter_floors() const {
    return counter_floor_;
  }

  // What a manifest remembers of both.
  void restore(const std::map<PartitionId, std::uint64_t>& dropped_at,
               std::map<PartitionId, std::uint64_t> counter_floor);

  [[nodiscard]] const PartitionIndex& partition(PartitionId id) const {
    return partitions_[id.raw()];
  }
  [[nodiscard]] HotValues& hot() { return hot_; }
  [[nodiscard]] const HotValues& hot() const { return hot_; }

  // The bytes of newest records in a segment, without tombstones that hide none any more.
  [[nodiscard]] std::uint64_t live_bytes(SegmentId segment) const;

  // Bytes of memory that entries and slots take; hot values are not in it.
  [[nodiscard]] std::size_t memory() const { return entry_memory_ + slot_memory_; }
  // What both may take with one more key.
  [[nodiscard]] std::size_t memory_with(KeyHash hash, std::size_t key_bytes) const;

  // Keys that are there, values included whose time is over and that nobody removed, and
  // keys that were deleted.
  [[nodiscard]] std::size_t keys() const { return keys_; }
  [[nodiscard]] std::size_t tombstones() const { return tombstones_; }

 private:
  IndexEntry& add(KeyHash hash, const Record& record, Position at, std::uint32_t bytes);
  void erase(KeyHash hash, std::string_view key);
  void drop(PartitionId partition, std::uint64_t seq);
  void describe(IndexEntry& entry, const Record& record, Position at,
                std::uint32_t bytes);
  void count(const IndexEntry& entry, bool in);

  std::vector<PartitionIndex> partitions_;
  unsigned partition_bits_;
  HotValues hot_;
  std::map<SegmentId, std::uint64_t> live_bytes_;
  std::map<PartitionId, std::uint64_t> dropped_at_;
  std::map<PartitionId, std::uint64_t> counter_floor_;
  std::size_t entry_memory_ = 0;
  std::size_t slot_memory_ = 0;
  std::size_t keys_ = 0;
  std::size_t tombstones_ = 0;
};

}  // namespace kv
