// A process of ours: started, listened to, told to end.
//
// Idea      what it prints on either stream comes through one pipe, in the order in which it
//           was printed. If we are killed, it is told to end as well (PR_SET_PDEATHSIG), so
//           that no server is left behind.
// Threads   one at a time. Started by a thread that lives as long as the process should.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "common/base/result.hpp"

namespace kv {

class ChildProcess {
 public:
  // Runs `words`, the first of which is the program's file. Errc::io if that cannot be.
  [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& words);

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // Kills it if it runs.
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // To be polled; -1 once it has said its last.
  [[nodiscard]] int output() const { return output_; }

  // What it has printed since, as far as that is there; nothing once it closed its output.
  [[nodiscard]] std::string read();

  // Errc::not_found once it is gone.
  [[nodiscard]] Result<void> signal(int number) const;

  // Whether it has ended; then how, in words: "ended with status 1", "killed by signal 9".
  [[nodiscard]] bool has_ended();
  [[nodiscard]] const std::string& ending() const { return ending_; }

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}
  void let_go();

  pid_t pid_ = -1;
  int output_ = -1;
  std::string ending_{};  // empty while it runs
};

}  // namespace kv
