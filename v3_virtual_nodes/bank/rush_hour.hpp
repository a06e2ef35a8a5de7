// Threads that work while the membership changes: the one place with threads and clocks.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "v3_virtual_nodes/bank/bank.hpp"
#include "v3_virtual_nodes/bank/plan.hpp"

namespace kv::bank {

// What a clock said; different in every run.
struct Timing {
  double change_ms = 0;         // the change itself
  double sweep_ms = 0;          // finish_moves, afterwards
  double window_ms = 0;         // how long operations and moves went on together
  std::uint64_t in_window = 0;  // operations completed in that time
  double longest_ms = 0;        // the longest single operation
  std::uint64_t touched = 0;    // records moved because an operation needed them

  void add(const Timing& other);
};

// Has a thread for each list of `plan` do it on `bank`, and one more take an audit, while
// this thread makes `change`; waits for all. All begin at the same moment. `lazily` says
// that records go on moving after the change, as long as there are operations.
//
// Fails with what the change failed with, or the first operation that did. An audit that
// is not right to the cent is a broken promise. Throws std::system_error, without a
// change and without work, when the system has no room for so many threads.
[[nodiscard]] Result<Timing> rush_hour(Bank& bank, std::span<const Record> customers,
                                       const StepPlan& plan, bool lazily,
                                       const std::function<Result<void>()>& change);

// bank.finish_moves(), by the clock.
[[nodiscard]] double sweep_ms(Bank& bank);

}  // namespace kv::bank
