// The thread that waits for a node's log to reach the disk.
//
//   loop    --- groups --->   write each, sync once   --- report --->   loop
//
// Idea      what collects while one sync runs is one group for the next: the loop hands over
//           when it hears of the last, so there is one write, one sync and one report for as
//           many puts as came meanwhile.
// Breaks if  a report says written, and the sync began before the write ended.
// Threads   write() from the loop; the report is made on this one. Its end waits for the sync
//           that runs; what is queued behind it is never written, as when a process is killed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/runtime/inbox.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/log.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"

namespace kv {

// In the order of the log; all of it is durable unless there is an error.
struct LogReport {
  struct Written {
    std::shared_ptr<const GroupWrite> group;
    std::shared_ptr<File> begun;  // the file that the group began, if it did
  };
  std::vector<Written> written;
  std::chrono::nanoseconds sync_took{};
  Result<void> result;
};

class LogThread {
 public:
  using Groups = std::vector<std::shared_ptr<const GroupWrite>>;

  LogThread(Disk& disk, std::function<void(LogReport)> report);
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;
  ~LogThread() { groups_.close(); }

  // Each has one report, together with others or alone. `groups` is empty then.
  void write(Groups& groups) { groups_.post_all(groups); }

 private:
  void run();
  [[nodiscard]] LogReport write_all(const Groups& groups);

  LogWriter writer_;
  std::function<void(LogReport)> report_;
  Inbox<std::shared_ptr<const GroupWrite>> groups_;
  std::jthread thread_;  // joined before what it uses goes
};

}  // namespace kv
