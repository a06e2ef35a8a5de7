// What a store tells of itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kv {

// How long something took, many times: counted in buckets that grow by an eighth, so that a
// percentile is right to 13 %. Not thread-safe.
class LatencyCounts {
 public:
  void add(std::uint64_t nanoseconds);

  // The time that `share` (0 to 1) of all stayed within; 0 where there are none.
  [[nodiscard]] std::uint64_t percentile(double share) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t kBuckets = std::size_t{64} * 8;
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
};

struct StoreStats {
  std::size_t keys = 0;
  std::size_t tombstones = 0;   // deleted keys that the log still has to remember
  std::size_t index_bytes = 0;  // of memory
  std::size_t hot_values = 0;
  std::size_t hot_bytes = 0;     // of memory
  std::uint64_t reads_hot = 0;   // answered from memory
  std::uint64_t reads_cold = 0;  // from a file
  std::size_t segments = 0;
  std::uint64_t log_bytes = 0;     // of all segments
  std::uint64_t live_bytes = 0;    // of newest records
  std::uint64_t value_bytes = 0;   // put since the start,
  std::uint64_t stored_bytes = 0;  // and what compression made of it
  std::uint64_t syncs = 0;
  std::uint64_t sync_p50_ns = 0;
  std::uint64_t sync_p99_ns = 0;
  bool disk_full = false;  // puts are refused until there is room

  // The share of the log that compaction could win back.
  [[nodiscard]] double dead_ratio() const {
    return log_bytes == 0
               ? 0
               : 1 - static_cast<double>(live_bytes) / static_cast<double>(log_bytes);
  }
  // Bytes stored for a byte put.
  [[nodiscard]] double compression_ratio() const {
    return value_bytes == 0
               ? 1
               : static_cast<double>(stored_bytes) / static_cast<double>(value_bytes);
  }
};

}  // namespace kv
