// Why those who are asked who they are do not answer: each reason is told once.
//
// Threads   any.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/logging/log.hpp"

namespace kv {

class Silences {
 public:
  explicit Silences(const EventLog& log) : log_(log) {}

  void add(const std::string& address, const Error& why) {
    const std::scoped_lock lock(mutex_);
    std::string& said = reasons_[address];
    if (said == why.detail) return;
    said = why.detail;
    log_.warn("waits for an answer", {{"of", address}, {"why", said}});
  }

 private:
  const EventLog& log_;
  std::mutex mutex_;
  std::map<std::string, std::string> reasons_;  // by address
};

}  // namespace kv
