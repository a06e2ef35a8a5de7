// Clients that write and read while something goes wrong, and remember what they were
// told.
//
// Idea      a key has one writer, which counts up: the value is the number of the write.
//           So whoever reads can say whether what it read is older than what was
//           acknowledged before it asked.
// Breaks if  a write whose fate is unknown is held against the store: it may come up at
//            any time, and was told so. Such numbers are remembered, and count as
//            neither.
// Threads   one a client, and the one that breaks things.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "v4_replicated_kv/runtime/cluster.hpp"

namespace kv {

struct TrafficPlan {
  std::size_t writers = 4;
  std::size_t readers = 4;
  std::size_t keys_each = 4;         // of a writer
  std::uint64_t writes_each = 250;   // that are to be acknowledged
  std::vector<std::string> nodes{};  // that clients may ask
  std::chrono::milliseconds timeout{300};
};

struct TrafficCount {
  std::uint64_t acknowledged = 0;
  std::uint64_t unknown = 0;
  std::uint64_t refused = 0;
  std::uint64_t reads = 0;     // that were answered
  std::uint64_t outdated = 0;  // older than what was acknowledged before
};

class Traffic {
 public:
  // Starts at once.
  Traffic(Cluster& cluster, TrafficPlan plan);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;
  ~Traffic();  // ends it

  // Whether so many writes are acknowledged by then.
  [[nodiscard]] bool wait_for(std::uint64_t acknowledged,
                              std::chrono::steady_clock::time_point until);

  // Ends it, and joins all threads.
  void end();

  // Once it has ended: keys whose last acknowledged write is gone.
  [[nodiscard]] std::uint64_t count_lost();
  [[nodiscard]] TrafficCount count() const;

 private:
  struct Key {
    std::atomic<std::uint64_t> begun{0};  // numbers up to here may be seen
    std::atomic<std::uint64_t> done{0};   // this one, or a later one, has to be
    std::mutex mutex;
    std::set<std::uint64_t> unknown;  // guarded by mutex
  };

  void write(std::size_t writer);
  void read(std::size_t reader);
  [[nodiscard]] bool may_be_seen(Key& key, std::uint64_t number, std::uint64_t at_least);

  Cluster& cluster_;
  TrafficPlan plan_;
  std::deque<Key> keys_;
  std::atomic<bool> is_over_{false};
  std::atomic<std::uint64_t> unknown_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> reads_{0};
  std::atomic<std::uint64_t> outdated_{0};
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::uint64_t acknowledged_ = 0;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace kv
