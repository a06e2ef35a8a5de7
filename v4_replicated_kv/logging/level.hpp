// How much a log says, and in which shape.
#pragma once

#include <cstdint>

namespace kv {

enum class LogLevel : std::uint8_t {
  debug,  // what only helps who looks for a fault
  info,   // what a node did by itself: started, formed a cluster, left one
  warn,   // what somebody should look at some day
  error,  // what somebody should look at now
};

enum class LogFormat : std::uint8_t {
  json,  // an object a line, for programs
  text,  // a line that a person reads
};

struct LogRules {
  LogLevel level = LogLevel::info;  // what is below it is not written
  LogFormat format = LogFormat::json;
};

}  // namespace kv
