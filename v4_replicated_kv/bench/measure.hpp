// A benchmark from its first connection to its figures.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/bench/tally.hpp"
#include "v4_replicated_kv/bench/worker.hpp"

namespace kv::bench {

struct Measured {
  Tally load{};             // of the keys that were put first
  double load_seconds = 0;  // 0: none were
  Tally tally{};
  double seconds = 0;  // in which the operations began; 0: only loaded
};

// Opens all connections, loads, warms up and measures. Errc::io where an endpoint cannot be
// reached.
[[nodiscard]] Result<Measured> measure(const BenchWords& words);

// As `make_socket_worker` and `make_grpc_worker` do.
using WorkerMaker = std::function<Result<std::unique_ptr<Worker>>(
    const BenchWords& words, std::size_t first, std::size_t count)>;
// The same of a store that is asked in another language.
[[nodiscard]] Result<Measured> measure(const BenchWords& words, const WorkerMaker& make);

}  // namespace kv::bench
