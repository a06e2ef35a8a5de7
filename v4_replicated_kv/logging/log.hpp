// The log of one server, on standard error.
//
//   log.info("peer is back", {{"peer", "n2"}, {"after_ms", 120}});
//
// Idea      the library has the levels, the lock and the stream; what stands in a line is
//           made by log_line(), as the library writes bytes as they come.
// Breaks if  a line waits for a reader while something else waits for who wrote it: a log
//            on a pipe that nobody reads stops the server. Standard error should be a
//            file, or somebody who reads it.
// Left out  files, and their rotation: whoever starts a server has better tools for that.
// Threads   any number may call anything; lines do not mix.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "v4_replicated_kv/logging/log_line.hpp"

namespace kv {

class EventLog {
 public:
  // `node` is in every line.
  EventLog(std::string node, LogRules rules);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();

  void debug(std::string_view message, LogFields fields = {}) const;
  void info(std::string_view message, LogFields fields = {}) const;
  void warn(std::string_view message, LogFields fields = {}) const;
  void error(std::string_view message, LogFields fields = {}) const;

  // For who would have to work for a field that nobody is going to read.
  [[nodiscard]] bool writes(LogLevel level) const;

 private:
  void write(LogLevel level, std::string_view message, LogFields fields) const;

  class Stream;
  std::string node_;
  LogRules rules_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace kv
