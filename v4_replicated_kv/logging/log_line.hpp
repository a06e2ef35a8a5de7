// One line of a log, from whatever bytes.
//
// Idea      what happened is one sentence that never changes, and what it happened to are
//           fields. So a program finds all lines of one kind, and all that one node is
//           in.
// Breaks if  bytes from outside reach the log as they are. A key with a newline writes a
//            line of its own, which says whatever its maker likes; one with an escape
//            character repaints the terminal of who reads it.
// Source    JSON: RFC 8259. Times: RFC 3339.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "v4_replicated_kv/logging/level.hpp"

namespace kv {

// A name and a value; views, valid for one call.
class LogField {
 public:
  using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text)
      : LogField(field, std::string_view(text)) {}
  LogField(std::string_view field, const std::string& text)
      : LogField(field, std::string_view(text)) {}
  LogField(std::string_view field, bool is) : name(field), value(is) {}
  LogField(std::string_view field, std::floating_point auto number)
      : name(field), value(static_cast<double>(number)) {}
  LogField(std::string_view field, std::signed_integral auto number)
      : name(field), value(std::int64_t{number}) {}
  LogField(std::string_view field, std::unsigned_integral auto number)
      : name(field), value(std::uint64_t{number}) {}

  std::string_view name;  // written in the program, and unlike those that all lines have
  Value value;
};

// What a client, or the node itself, called a request: the same in all lines about it.
[[nodiscard]] inline LogField request_id(std::string_view id) {
  return {"request_id", id};
}
[[nodiscard]] inline LogField request_id(std::uint64_t id) {
  return {"request_id", id};
}

using LogFields = std::initializer_list<LogField>;

// What a line is made of. A text in it is cut after 4096 bytes.
struct LogEntry {
  std::int64_t unix_ms = 0;
  LogLevel level = LogLevel::info;
  std::string_view node;
  std::string_view message;
  LogFields fields{};
};

// "debug", "info", "warn" or "error".
[[nodiscard]] std::string_view level_name(LogLevel level);

// Without a newline, neither in it nor after it; printable on any terminal. As JSON it is
// an object with ts, level, node, msg and the fields; valid UTF-8 comes back from it as
// it was, another byte as \xNN.
[[nodiscard]] std::string log_line(LogFormat format, const LogEntry& entry);

}  // namespace kv
