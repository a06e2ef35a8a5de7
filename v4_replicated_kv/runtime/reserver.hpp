// Reservations on their way to the manifest: of two that wait, only the later is written.
//
// Idea      a full disk keeps them waiting, and nobody with them: each try is one job among
//           others of the blocking thread, and the next is for the keeper to ask for.
// Breaks if  an earlier one is written after a later one: the manifest would promise less than
//            has been given out.
// Threads   any. Writing is the blocking thread's alone, so it has an order.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "common/base/result.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/runtime/blocking_thread.hpp"

namespace kv {

class Reserver {
 public:
  using Write = std::function<Result<void>(const Reservation&)>;
  // Told of what was written, or why that went wrong; never of a full disk, which passes.
  using Told = std::function<void(const Reservation&, const Result<void>&)>;

  // The thread has to end before this does.
  Reserver(BlockingThread& thread, Write write, Told told)
      : thread_(thread), write_(std::move(write)), told_(std::move(told)) {}
  Reserver(const Reserver&) = delete;
  Reserver& operator=(const Reserver&) = delete;
  ~Reserver() = default;

  // Instead of the one that waits, if one does.
  void want(const Reservation& reservation);

  // Tries the one that had no room, if there is one.
  void try_again();

 private:
  void write_the_wanted();

  BlockingThread& thread_;
  Write write_;
  Told told_;
  std::mutex mutex_;                   // guards what follows
  std::optional<Reservation> wanted_;  // empty while it is written
  bool is_queued_ = false;             // a job for it waits its turn: one is enough
};

}  // namespace kv
