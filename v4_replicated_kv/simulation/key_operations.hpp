// A history sorted by key, as the checkers want it: keys promise nothing to each other.
//
// Source    that keys may be judged one by one: Herlihy and Wing, "Linearizability: A
//           Correctness Condition for Concurrent Objects", TOPLAS 12(3), 1990, theorem 1.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "v4_replicated_kv/simulation/client_history.hpp"

namespace kv {

// The operations of one key. They live as long as history and OperationsByKey do.
struct KeyOperations {
  KeyNumber key{};
  std::span<const ClientOperation* const>
      writes;  // puts and deletes, refused ones too, by id
  std::span<const ClientOperation* const> reads;  // that were answered, by begin

  // The place of `id` in `writes`; their number if nobody wrote it to this key.
  [[nodiscard]] std::size_t place_of(WriteId id) const;

  // Its write; null if there is none.
  [[nodiscard]] const ClientOperation* write_of(WriteId id) const;
};

class OperationsByKey {
 public:
  explicit OperationsByKey(const ClientHistory& history);
  ~OperationsByKey() = default;
  OperationsByKey(const OperationsByKey&) = delete;
  OperationsByKey& operator=(const OperationsByKey&) = delete;

  [[nodiscard]] std::span<const KeyOperations> keys() const { return keys_; }

  // The operations of `key`: none for a key that is not in the history.
  [[nodiscard]] KeyOperations of(KeyNumber key) const;

 private:
  std::vector<const ClientOperation*> sorted_;
  std::vector<KeyOperations> keys_;
};

// What somebody found at a key: a read, or whoever looks when all is over.
struct Sight {
  std::span<const WriteId> values;  // as in ClientOperation::seen
  Tick from{};
  Tick to{};
  Level level = Level::all;
};

[[nodiscard]] Sight sight_of(const ClientOperation& read);

// Why `id` cannot be seen by anybody at `until`: never written to that key, refused, or
// begun only later. Nothing if it can.
[[nodiscard]] std::optional<Finding> impossible(const KeyOperations& key, WriteId id,
                                                Tick until);

// "get of ann at t=10..20 saw ...", about that read.
[[nodiscard]] Violation violation_of(const KeyOperations& key,
                                     const ClientOperation& read, const Finding& found);

}  // namespace kv
