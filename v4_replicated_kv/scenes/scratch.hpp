// A directory that is gone when the program is, done or interrupted.
//
// Idea      a program that makes files in somebody else's directory cleans up when it is
//           done, when it fails, and when it is interrupted. The last is a signal, in
//           which hardly anything may be called; so a thread waits for it, and may call
//           everything.
// Breaks if  a thread is started before this is made: the signal may come to it instead.
// Left out  kill -9, the power, and a crash or an abort of our own: nobody is asked then,
//           and the directory stays.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "common/base/result.hpp"

namespace kv {

class Scratch {
 public:
  // In TMPDIR, or in /tmp where that is not set. Errc::io where it cannot be made,
  // Errc::disk_full where fewer bytes are free; a sentence says what to do.
  [[nodiscard]] static Result<std::unique_ptr<Scratch>> make(std::uint64_t bytes_needed);

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path);
  void wait_for_signals(const std::stop_token& stop) const;

  std::string path_;
  ::sigset_t awaited_{};  // signals that would end the program
  ::sigset_t before_{};   // what was blocked already
  std::jthread waiting_;
};

}  // namespace kv
