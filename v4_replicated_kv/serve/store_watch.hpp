// What a person has to hear of a node's store: in the log, when it changes.
//
// Idea      the store counts and answers who asks; that nobody asks is no reason to keep quiet.
// Left out  whom a node waits for while it is about to be well in a moment: it is told once
//           it has waited for the same for a while.
// Threads   one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/runtime/node_stats.hpp"

namespace kv {

class StoreWatch {
 public:
  // Call it now and then, with what the store says now.
  void look(const NodeStats& stats, const EventLog& log);

 private:
  using Clock = std::chrono::steady_clock;

  void look_at_disk(const NodeStats& stats, const EventLog& log);
  void look_at_waiting(const NodeStats& stats, const EventLog& log);

  bool was_full_ = false;
  std::uint64_t damages_ = 0;
  std::string lacked_because_;
  std::string waits_for_;
  Clock::time_point waits_since_{};
  std::string told_;  // that it waits for
};

}  // namespace kv
