// What came of the requests: how long good ones took, and what went wrong.
//
// Breaks if  a failure's time is counted as a latency: refusing is quick.
// Threads   each has its own; `Live` alone is read while it is written.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/bench/histogram.hpp"
#include "v4_replicated_kv/bench/workload.hpp"

namespace kv::bench {

struct ErrorKind {
  std::uint64_t count = 0;
  std::string sentence{};  // of the first one
};

struct Tally {
  std::array<Histogram, kKinds.size()> latencies;  // of what succeeded
  std::map<std::string, ErrorKind, std::less<>> errors;
  std::array<std::uint64_t, kKinds.size()>
      failures{};             // the same, by what was to be done
  std::uint64_t missing = 0;  // keys that were read and were not there
  std::uint64_t wrong = 0;    // values that nobody wrote for their key
  std::vector<std::string> wrongs;
  std::uint64_t unsent = 0;  // were due, and never sent: too much for the store
  std::string ended_early;   // why; empty: it did not

  [[nodiscard]] Histogram& latency(Kind kind);
  [[nodiscard]] const Histogram& latency(Kind kind) const;
  [[nodiscard]] std::uint64_t done() const;
  [[nodiscard]] std::uint64_t failed() const;

  // A kind beyond the 32nd, which no store has, becomes "other".
  void count_error(Kind during, std::string_view kind, std::string_view sentence);
  void count_wrong(std::string_view key, std::string_view value);
  void add(const Tally& other);
};

// For a line a second.
struct alignas(64) Live {
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> failed{0};
};

}  // namespace kv::bench
