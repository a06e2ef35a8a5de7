// The time in which one value of a register was there, as far as clients can tell.
//
//   forward                              backward
//     put  |------|                        put  |-----------------|
//     read           |-----|               read     |---------|
//                 ^  ^                              ^         ^
//              over  begun: there between        begun      over: there at some moment
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "v4_replicated_kv/simulation/key_operations.hpp"

namespace kv {

// Ticks, with room for what is before them all.
[[nodiscard]] constexpr std::uint64_t moment(Tick tick) {
  return tick.raw() + 1;
}

// By default that of the start: over before all operations.
struct Zone {
  const ClientOperation* write = nullptr;  // null: the start, before the first write
  const ClientOperation* first_over = nullptr;
  const ClientOperation* last_begun = nullptr;
  std::uint64_t over = 0;   // when first_over ended
  std::uint64_t begun = 0;  // when last_begun began

  [[nodiscard]] bool is_forward() const { return over < begun; }

  [[nodiscard]] bool holds_value() const {
    return write != nullptr && write->kind == OperationKind::put;
  }

  void add(const ClientOperation& read);

  // "apples was there from t=20 (...) to t=80 (...)"
  [[nodiscard]] std::string describe() const;
};

// A zone for each of key.writes, without the reads. One that was not acknowledged ends
// after all time: if nobody sees it, it lies within no other, and proves nothing.
[[nodiscard]] std::vector<Zone> clusters_of_writes(const KeyOperations& key);

}  // namespace kv
