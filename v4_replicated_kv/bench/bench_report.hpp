// What `bench` says about a run, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "v4_replicated_kv/bench/measure.hpp"

namespace kv::bench {

// A table: a row for each kind of operation, then what went wrong.
[[nodiscard]] std::string bench_text(const BenchWords& words, const Measured& measured);

// One object on one line; latencies in microseconds.
[[nodiscard]] std::string bench_json(const BenchWords& words, const Measured& measured);

// Why the figures are not to be used, a sentence each; none: they are.
[[nodiscard]] std::vector<std::string> complaints(const BenchWords& words,
                                                  const Measured& measured);

}  // namespace kv::bench
