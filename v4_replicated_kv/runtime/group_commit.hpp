// Many writers, one sync.
//
//   thread 1   write a  lead: [ write a ][ sync ....... ]  acknowledged
//   thread 2      write b  wait ........................ lead: [ write b c ][ sync ...
//   thread 3         write c  wait .............................................
//
// Why       a sync takes as long for one record as for a hundred, so whoever comes while
//           one is running shares the next. Nobody waits on purpose: at one thread a write
//           costs a write and a sync, and no hand-over to another thread.
// Breaks if  a sync that was running already is taken to cover a record written since.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "common/base/result.hpp"
#include "v4_replicated_kv/runtime/store_stats.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"

namespace kv {

// All members are called with the lock held that guards the engine; it is let go of while
// the disk works.
class GroupCommit {
 public:
  using Lock = std::unique_lock<std::mutex>;

  GroupCommit(LogEngine& engine, Disk& disk) : engine_(engine), writer_(disk) {}

  // Returns once all records up to `seq` are durable; Errc::stopped if they may not be.
  [[nodiscard]] Result<void> durable(Lock& lock, std::uint64_t seq);

  // Sees to it that what was appended gets into its file, and waits only if very much is on
  // its way.
  [[nodiscard]] Result<void> pass_on(Lock& lock);

  [[nodiscard]] const LatencyCounts& sync_times() const { return sync_times_; }

 private:
  struct Waiter {
    std::uint64_t seq;
    bool woken = false;
    std::condition_variable wake;
  };

  [[nodiscard]] Result<void> outcome() const;
  void wait(Lock& lock, std::uint64_t seq);
  void lead(Lock& lock, bool sync);
  void write_up_to(Lock& lock, std::uint64_t seq);
  void sync_written(Lock& lock);
  void wake_those_who_are_done();

  LogEngine& engine_;
  LogWriter writer_;
  bool leading_ = false;         // some thread is writing or syncing
  std::deque<Waiter*> waiters_;  // in the order of their records
  LatencyCounts sync_times_;
};

}  // namespace kv
