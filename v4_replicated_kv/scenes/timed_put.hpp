// A put, and how long its client waited for the answer.
#pragma once

#include <string>

#include "common/survey/stopwatch.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"

namespace kv {

struct TimedPut {
  WriteAnswer answer{};
  double ms = 0;
};

[[nodiscard]] inline TimedPut timed_put(Cluster& store, const std::string& key,
                                        const std::string& value, const PutOptions& how) {
  TimedPut put;
  put.ms = milliseconds_of([&] { put.answer = store.put(key, value, how); });
  return put;
}

}  // namespace kv
