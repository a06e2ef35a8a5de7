// When requests are due, whatever the store does: an open loop.
//
// Idea      people do not wait for each other. A client that sends the next request only
//           after the last answer stops asking while the store is stuck, and so leaves out
//           the very requests that would have been slow ("coordinated omission"). Here each
//           has a time at which it is due, and its latency is counted from then, whether it
//           was sent in time or stood in a queue.
// Source    Gil Tene, "How NOT to measure latency". The gaps of random arrivals: John von
//           Neumann, "Various techniques used in connection with random digits", 1951,
//           which needs comparisons only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/rng.hpp"

namespace kv::bench {

// Nanoseconds of the steady clock; how it is read says ticks.hpp.
using Ns = std::int64_t;

enum class Arrivals : std::uint8_t {
  even,    // always the same gap
  random,  // each as likely at any time: exponential gaps, a Poisson process
};

// An exponential of mean 1.
[[nodiscard]] double exponential(Rng& rng);

// The arrivals of one thread of several that share a rate.
class Schedule {
 public:
  // `rate` requests a second of all `threads` together, from `begin` on.
  Schedule(Arrivals arrivals, double rate, std::size_t thread, std::size_t threads,
           Ns begin, Rng rng);

  // When the next one is due.
  [[nodiscard]] Ns next() const { return begin_ + static_cast<Ns>(due_); }
  void advance();

 private:
  Arrivals arrivals_;
  Ns begin_;
  double gap_;      // between two of this thread, in nanoseconds
  double due_ = 0;  // since begin
  double first_;
  std::uint64_t gone_ = 0;
  Rng rng_;
};

}  // namespace kv::bench
