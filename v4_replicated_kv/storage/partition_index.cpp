#include "v4_replicated_kv/storage/partition_index.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "common/base/check.hpp"

namespace kv {

IndexEntryPtr IndexEntry::make(std::string_view key) {
  KV_CHECK(key.size() <= kKeyBytesMax, "a key over its limit is refused before");
  void* const memory = ::operator new(sizeof(IndexEntry) + key.size());
  auto* const entry = new (memory) IndexEntry{};
  entry->key_bytes = static_cast<std::uint16_t>(key.size());
  std::memcpy(static_cast<void*>(entry + 1), key.data(), key.size());
  return IndexEntryPtr(entry);
}

void IndexEntry::Free::operator()(IndexEntry* entry) const {
  entry->~IndexEntry();
  ::operator delete(entry);
}

std::size_t IndexEntry::memory(std::size_t key_bytes) {
  // What is asked for, the allocator's word before it, and its rounding up to 16.
  return (sizeof(IndexEntry) + key_bytes + sizeof(void*) + 15) / 16 * 16;
}

// Where the hash belongs if nobody is in its way.
std::size_t PartitionIndex::home(KeyHash hash) const {
  const std::uint64_t rest = hash.raw() << skip_;
  return bits_ == 0 ? 0 : static_cast<std::size_t>(rest >> (64 - bits_));
}

// The first slot from the key's home on that is a gap, or has no smaller key. Keys move
// to the right only, and runs have no gaps: if the key is there, it is in this slot.
std::size_t PartitionIndex::place(KeyHash hash, std::string_view key) const {
  std::size_t at = home(hash);
  while (at < slots_.size() && slots_[at].entry != nullptr &&
         (slots_[at].hash < hash ||
          (slots_[at].hash == hash && slots_[at].entry->key() < key))) {
    ++at;
  }
  return at;
}

IndexEntry* PartitionIndex::find(KeyHash hash, std::string_view key) const {
  if (size_ == 0) return nullptr;
  const std::size_t at = place(hash, key);
  if (at == slots_.size()) return nullptr;
  const Slot& slot = slots_[at];
  const bool same =
      slot.entry != nullptr && slot.hash == hash && slot.entry->key() == key;
  return same ? slot.entry.get() : nullptr;
}

void PartitionIndex::expect_slot(KeyHash hash) const {
  if (size_ > 0) __builtin_prefetch(&slots_[home(hash)]);
}

void PartitionIndex::expect_entry(KeyHash hash) const {
  if (size_ == 0) return;
  std::size_t at = home(hash);
  while (at < slots_.size() && slots_[at].entry != nullptr && slots_[at].hash < hash) {
    ++at;
  }
  if (at == slots_.size() || slots_[at].entry == nullptr) return;
  const auto* const entry = reinterpret_cast<const char*>(slots_[at].entry.get());
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t byte = 0; byte <= sizeof(IndexEntry); byte += kCacheLine) {
    __builtin_prefetch(entry + byte);
  }
}

// Three quarters full, a run is a few slots long.
bool PartitionIndex::is_full() const {
  return slots_.empty() || (size_ + 1) * 4 > (std::size_t{1} << bits_) * 3;
}

std::size_t PartitionIndex::growth() const {
  const std::size_t spilled = slots_.size() / 16 + 1;
  const std::size_t slots =
      is_full() ? std::max<std::size_t>(slots_.size() * 2, 4) : slots_.size();
  return std::max(slots + spilled, slots_.capacity()) * sizeof(Slot) - memory();
}

IndexEntry& PartitionIndex::insert(KeyHash hash, IndexEntryPtr entry) {
  if (is_full()) grow();
  IndexEntry& added = *entry;
  ++size_;
  put({.hash = hash, .entry = std::move(entry)});
  return added;
}

// Makes room at the slot's place by moving the rest of its run one to the right.
void PartitionIndex::put(Slot slot) {
  const std::size_t at = place(slot.hash, slot.entry->key());
  std::size_t gap = at;
  while (gap < slots_.size() && slots_[gap].entry != nullptr) ++gap;
  if (gap == slots_.size()) spill();
  std::move_backward(slots_.begin() + static_cast<std::ptrdiff_t>(at),
                     slots_.begin() + static_cast<std::ptrdiff_t>(gap),
                     slots_.begin() + static_cast<std::ptrdiff_t>(gap + 1));
  slots_[at] = std::move(slot);
}

// One more slot behind the last home, and few in reserve: the array stays as small as it
// says.
void PartitionIndex::spill() {
  if (slots_.size() == slots_.capacity()) {
    slots_.reserve(slots_.size() + slots_.size() / 16 + 1);
  }
  slots_.emplace_back();
}

// Closes the gap by moving to the left whoever follows and is not at home.
void PartitionIndex::erase(KeyHash hash, std::string_view key) {
  std::size_t gap = place(hash, key);
  KV_CHECK(gap < slots_.size() && slots_[gap].entry != nullptr &&
               slots_[gap].hash == hash && slots_[gap].entry->key() == key,
           "only a key that is there can be erased");
  slots_[gap].entry.reset();
  --size_;
  for (std::size_t next = gap + 1; next < slots_.size() && slots_[next].entry != nullptr;
       ++next) {
    if (home(slots_[next].hash) == next) break;
    slots_[gap] = std::move(slots_[next]);
    slots_[next].entry.reset();
    gap = next;
  }
}

void PartitionIndex::grow() {
  constexpr unsigned kFirstBits = 2;
  std::vector<Slot> old = std::move(slots_);
  bits_ = old.empty() ? kFirstBits : bits_ + 1;
  slots_.clear();
  slots_.resize(std::size_t{1} << bits_);
  for (Slot& slot : old) {
    if (slot.entry != nullptr) put(std::move(slot));
  }
}

}  // namespace kv
