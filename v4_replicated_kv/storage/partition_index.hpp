// The keys of one partition, in order of their hashes, found in a step or two.
//
// Idea      hashes are spread evenly, so a hash says almost exactly where in a sorted
//           array it belongs: its bits below the partition's number give the place. The
//           array has gaps, a key that finds its place taken moves on to the right, and
//           everything stays sorted.
//
//             hash    [partition 12][place ...][rest]
//             slots   | a | b |   | c | d | e |   |   | f |   |    spill
//
//           (chapter 3's index over tokens is the same thought. As a hash table it is
//           linear probing that keeps its runs in order.)
// Good at   finding, and walking on from any hash: scans, digests and transfers resume
//           where they stopped, whatever was added meanwhile.
// Breaks if  somebody chooses keys whose hashes share their upper bits: a run is walked
//            key by key. That is why a cluster's hash has a secret seed.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/storage/index_entry.hpp"

namespace kv {

class PartitionIndex {
 public:
  // `skip` is how many top bits of a hash all keys of the partition share, 0 to 31.
  explicit PartitionIndex(unsigned skip) : skip_(skip) {}

  // The key's entry, or nullptr.
  [[nodiscard]] IndexEntry* find(KeyHash hash, std::string_view key) const;

  // Asks for the memory that finding a key of this hash looks at, and does not wait: of the
  // slots first, then, once those have come, of the entry.
  void expect_slot(KeyHash hash) const;
  void expect_entry(KeyHash hash) const;

  // Adds the entry of a key that is not there.
  IndexEntry& insert(KeyHash hash, IndexEntryPtr entry);

  // Removes the entry of a key that is there.
  void erase(KeyHash hash, std::string_view key);

  // Calls visit(hash, entry) for keys in order of (hash, key), from the first that is not
  // before the given one, until it returns false. Nothing may be added or erased
  // meanwhile.
  template <class Visit>
  void walk(KeyHash hash, std::string_view key, Visit visit) const {
    for (std::size_t at = place(hash, key); at < slots_.size(); ++at) {
      const Slot& slot = slots_[at];
      if (slot.entry != nullptr && !visit(slot.hash, *slot.entry)) return;
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  // What the next insertion may add to that.
  [[nodiscard]] std::size_t growth() const;

  // Of the slots alone.
  [[nodiscard]] std::size_t memory() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    KeyHash hash;
    IndexEntryPtr entry;  // nullptr: a gap
  };

  [[nodiscard]] std::size_t home(KeyHash hash) const;
  [[nodiscard]] std::size_t place(KeyHash hash, std::string_view key) const;
  [[nodiscard]] bool is_full() const;
  void grow();
  void put(Slot slot);
  void spill();

  unsigned skip_;
  unsigned bits_ = 0;  // 2^bits_ slots are home to some hash; the rest is spill
  std::size_t size_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace kv
