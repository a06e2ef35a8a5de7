#include "v4_replicated_kv/runtime/log_thread.hpp"

#include <utility>

namespace kv {

LogThread::LogThread(Disk& disk, std::function<void(LogReport)> report)
    : writer_(disk), report_(std::move(report)), thread_([this] { run(); }) {}

void LogThread::run() {
  Groups groups;
  while (groups_.drain(groups)) {
    LogReport report = write_all(groups);
    groups.clear();
    const bool failed = !report.result;
    report_(std::move(report));
    if (failed) return;  // what the disk has is unknown: nothing is added to it
  }
}

LogReport LogThread::write_all(const Groups& groups) {
  using Clock = std::chrono::steady_clock;
  LogReport report;
  report.written.reserve(groups.size());
  for (const auto& group : groups) {
    report.result = writer_.write(*group);
    if (!report.result) return report;
    report.written.push_back(
        {.group = group, .begun = group->begins ? writer_.file() : nullptr});
  }
  const auto begin = Clock::now();
  report.result = writer_.sync();
  report.sync_took = Clock::now() - begin;
  return report;
}

}  // namespace kv
