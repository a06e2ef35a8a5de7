#include "v4_replicated_kv/storage/index.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "common/base/check.hpp"

namespace kv {

Index::Index(std::uint32_t partitions, std::size_t hot_bytes_max)
    : partition_bits_(static_cast<unsigned>(std::countr_zero(partitions))),
      hot_(hot_bytes_max) {
  KV_CHECK(std::has_single_bit(partitions), "partitions are a power of two");
  partitions_.reserve(partitions);
  for (std::uint32_t i = 0; i < partitions; ++i) {
    partitions_.emplace_back(partition_bits_);
  }
}

PartitionId Index::partition_of(KeyHash hash) const {
  if (partition_bits_ == 0) return PartitionId{0};
  return PartitionId{static_cast<std::uint32_t>(hash.raw() >> (64 - partition_bits_))};
}

IndexEntry* Index::find(KeyHash hash, std::string_view key) const {
  return partitions_[partition_of(hash).raw()].find(hash, key);
}

IndexEntry* Index::apply(KeyHash hash, const Record& record, Position at,
                         std::uint32_t bytes) {
  if (record.kind == RecordKind::drop_partition) {
    if (const auto partition = dropped_partition(record)) drop(*partition, record.seq);
    return nullptr;
  }
  const auto dropped = dropped_at_.find(partition_of(hash));
  if (dropped != dropped_at_.end() && record.seq <= dropped->second) return nullptr;
  IndexEntry* const known = find(hash, record.key);
  if (known == nullptr) return &add(hash, record, at, bytes);
  count(*known, false);
  ++known->older;  // this one, or the one that was the newest so far
  const bool is_newest = record.seq > known->seq;
  if (is_newest) {
    if (!has_value(record.kind)) hot_.drop(*known);
    describe(*known, record, at, bytes);
  }
  count(*known, true);
  return is_newest ? known : nullptr;
}

IndexEntry& Index::add(KeyHash hash, const Record& record, Position at,
                       std::uint32_t bytes) {
  IndexEntryPtr entry = IndexEntry::make(record.key);
  describe(*entry, record, at, bytes);
  count(*entry, true);
  entry_memory_ += IndexEntry::memory(record.key.size());
  PartitionIndex& partition = partitions_[partition_of(hash).raw()];
  slot_memory_ -= partition.memory();
  IndexEntry& added = partition.insert(hash, std::move(entry));
  slot_memory_ += partition.memory();
  return added;
}

void Index::describe(IndexEntry& entry, const Record& record, Position at,
                     std::uint32_t bytes) {
  entry.seq = record.seq;
  entry.version = record.version;
  entry.expires = record.expires;
  entry.digest = record.digest;
  entry.kind = record.kind;
  entry.position = at;
  entry.bytes = bytes;
}

// Into or out of the sums.
void Index::count(const IndexEntry& entry, bool in) {
  std::size_t& keys = is_deleted(entry.kind) ? tombstones_ : keys_;
  std::uint64_t& live = live_bytes_[entry.position.segment];
  keys += in ? 1 : std::size_t{0} - 1;
  if (entry.is_above_nothing()) return;
  live += in ? entry.bytes : std::uint64_t{0} - entry.bytes;
}

void Index::move(KeyHash hash, std::string_view key, Position from, Position to) {
  IndexEntry* const entry = find(hash, key);
  if (entry == nullptr || entry->position != from) return;  // superseded meanwhile
  count(*entry, false);
  entry->position = to;
  count(*entry, true);
}

void Index::forget(KeyHash hash, std::string_view key, std::uint64_t seq, Position from) {
  IndexEntry* const entry = find(hash, key);
  const auto dropped = dropped_at_.find(partition_of(hash));
  const bool is_void = dropped != dropped_at_.end() && seq <= dropped->second;
  if (entry == nullptr || is_void) return;  // what was dropped is not counted
  if (entry->position == from) {
    KV_CHECK(entry->is_above_nothing(),
             "only a tombstone above nothing may leave the disk as the newest");
    erase(hash, key);
  } else {
    KV_CHECK(entry->older > 0, "a record that leaves the disk was counted");
    count(*entry, false);
    --entry->older;
    count(*entry, true);
  }
}

void Index::erase(KeyHash hash, std::string_view key) {
  PartitionIndex& partition = partitions_[partition_of(hash).raw()];
  IndexEntry* const entry = partition.find(hash, key);
  std::uint64_t& floor = counter_floor_[partition_of(hash)];
  floor = std::max(floor, entry->version.counter);
  hot_.drop(*entry);
  count(*entry, false);
  entry_memory_ -= IndexEntry::memory(entry->key_bytes);
  partition.erase(hash, key);
}

// Forgets the partition's keys whose newest record is not newer than `seq`.
void Index::drop(PartitionId partition, std::uint64_t seq) {
  if (partition.raw() >= partitions_.size()) return;
  std::uint64_t& mark = dropped_at_[partition];
  mark = std::max(mark, seq);
  std::vector<std::pair<KeyHash, std::string>> gone;
  partitions_[partition.raw()].walk(KeyHash{0}, {},
                                    [&](KeyHash hash, const IndexEntry& entry) {
                                      if (entry.seq <= seq)
                                        gone.emplace_back(hash, entry.key());
                                      return true;
                                    });
  for (const auto& [hash, key] : gone) erase(hash, key);
}

void Index::restore(const std::map<PartitionId, std::uint64_t>& dropped_at,
                    std::map<PartitionId, std::uint64_t> counter_floor) {
  for (const auto& [partition, seq] : dropped_at) drop(partition, seq);
  counter_floor_ = std::move(counter_floor);
}

std::uint64_t Index::counter_floor(PartitionId partition) const {
  const auto at = counter_floor_.find(partition);
  return at == counter_floor_.end() ? 0 : at->second;
}

std::size_t Index::memory_with(KeyHash hash, std::size_t key_bytes) const {
  return memory() + IndexEntry::memory(key_bytes) +
         partitions_[partition_of(hash).raw()].growth();
}

std::uint64_t Index::live_bytes(SegmentId segment) const {
  const auto at = live_bytes_.find(segment);
  return at == live_bytes_.end() ? 0 : at->second;
}

}  // namespace kv
