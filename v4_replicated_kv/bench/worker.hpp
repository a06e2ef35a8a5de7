// One thread's connections.
//
// Threads   made on one, played by another; never by two at once.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/bench/player.hpp"
#include "v4_replicated_kv/bench/ticks.hpp"

namespace kv::bench {

// So long without anybody at the other end, and there is nothing to measure any more.
inline constexpr Ns kAloneMost = 2 * kSecond;
// How often a worker looks after its connections, and how long a lost one rests.
inline constexpr Ns kChoresEvery = 50 * kMillisecond;
inline constexpr Ns kRetryAfter = 100 * kMillisecond;

class Worker {
 public:
  virtual ~Worker() = default;

  // Sends what the player has until there is no more and all is answered, given up or lost.
  virtual void play(Player& player) = 0;
};

// Connections `first`, `first` + 1 ... of all those that are spread over the endpoints.
// Errc::io, naming the endpoint, where one cannot be reached.
[[nodiscard]] Result<std::unique_ptr<Worker>> make_socket_worker(const BenchWords& words,
                                                                 std::size_t first,
                                                                 std::size_t count);
[[nodiscard]] Result<std::unique_ptr<Worker>> make_grpc_worker(const BenchWords& words,
                                                               std::size_t first,
                                                               std::size_t count);

}  // namespace kv::bench
