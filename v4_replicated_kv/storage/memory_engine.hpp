// The engine that keeps nothing: for tests, caches and clusters whose copies are enough.
#pragma once

#include "v4_replicated_kv/storage/engine.hpp"

namespace kv {

class MemoryEngine final : public Engine {
 public:
  // Keys take at most `index_bytes_max` bytes of memory, values `value_bytes_max`: a
  // write over either gets Errc::out_of_memory. Where there are other copies, deletes are
  // to be remembered: keep_tombstones.
  MemoryEngine(std::uint32_t partitions, std::size_t index_bytes_max,
               std::size_t value_bytes_max, bool keep_tombstones = false)
      : index_(partitions, value_bytes_max),
        index_bytes_max_(index_bytes_max),
        value_bytes_max_(value_bytes_max),
        keep_tombstones_(keep_tombstones) {}

  [[nodiscard]] Result<std::uint64_t> write(const KeyChange& change) override;
  [[nodiscard]] Result<std::uint64_t> drop(PartitionId partition) override;
  [[nodiscard]] Result<std::optional<Found>> look_at(KeyHash hash,
                                                     const IndexEntry* entry) override;
  [[nodiscard]] const Index& index() const override { return index_; }

 private:
  Index index_;
  std::size_t index_bytes_max_;
  std::size_t value_bytes_max_;
  bool keep_tombstones_;
  std::uint64_t next_seq_ = 1;
};

}  // namespace kv
