// A thread for what has to wait for a disk, one job after the other.
//
// Why       a node's loop serves everybody, so it waits for nobody: cold values are read, and
//           reservations are made durable, over here.
// Threads   any number give it jobs. Its end waits for the job that runs; those behind it
//           are never run.
#pragma once

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "v4_replicated_kv/runtime/inbox.hpp"

namespace kv {

class BlockingThread {
 public:
  using Job = std::function<void()>;

  BlockingThread() : thread_([this] { run(); }) {}
  BlockingThread(const BlockingThread&) = delete;
  BlockingThread& operator=(const BlockingThread&) = delete;
  ~BlockingThread() { jobs_.close(); }

  void run_soon(Job job) { jobs_.post(std::move(job)); }

 private:
  void run() {
    std::vector<Job> jobs;
    while (jobs_.drain(jobs)) {
      for (const Job& job : jobs) {
        job();
        if (jobs_.is_closed()) return;
      }
      jobs.clear();
    }
  }

  Inbox<Job> jobs_;
  std::jthread thread_;  // joined before what it uses goes
};

}  // namespace kv
