// The one source that includes spdlog.
#include "v4_replicated_kv/logging/log.hpp"

#include <chrono>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace kv {

namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

class EventLog::Stream : public spdlog::logger {
 public:
  explicit Stream(LogLevel level)
      : spdlog::logger("server", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    set_level(level_of(level));
    set_pattern("%v");
  }
};

EventLog::EventLog(std::string node, LogRules rules)
    : node_(std::move(node)),
      rules_(rules),
      stream_(std::make_unique<Stream>(rules.level)) {}

EventLog::~EventLog() = default;

bool EventLog::writes(LogLevel level) const {
  return stream_->should_log(level_of(level));
}

void EventLog::write(LogLevel level, std::string_view message, LogFields fields) const {
  if (!writes(level)) return;
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string line = log_line(
      rules_.format, {.unix_ms = std::chrono::duration_cast<milliseconds>(now).count(),
                      .level = level,
                      .node = node_,
                      .message = message,
                      .fields = fields});
  stream_->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

void EventLog::debug(std::string_view message, LogFields fields) const {
  write(LogLevel::debug, message, fields);
}
void EventLog::info(std::string_view message, LogFields fields) const {
  write(LogLevel::info, message, fields);
}
void EventLog::warn(std::string_view message, LogFields fields) const {
  write(LogLevel::warn, message, fields);
}
void EventLog::error(std::string_view message, LogFields fields) const {
  write(LogLevel::error, message, fields);
}

}  // namespace kv
