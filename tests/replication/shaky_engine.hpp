// A store that misbehaves on demand: its disk fills up or fails, its values lie in files, and
// what lies there is damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "v4_replicated_kv/storage/memory_engine.hpp"

namespace kv {

// What a write says whose disk is full.
inline const Error kDiskFull{Errc::disk_full, "no room for a segment"};

class ShakyEngine final : public Engine {
 public:
  explicit ShakyEngine(std::uint32_t partitions)
      : holds_(partitions, std::size_t{1} << 24, std::size_t{1} << 24, true) {}

  // What happens instead of a write, or of a read.
  std::optional<Error> write_error{};
  std::optional<Error> find_error{};
  // Every value has to be read from a file first.
  bool is_cold = false;
  // Keys whose bytes there are not what was written.
  std::set<std::string> damaged{};

  [[nodiscard]] Result<std::uint64_t> write(const KeyChange& change) override {
    if (write_error) return std::unexpected(*write_error);
    auto seq = holds_.write(change);
    if (seq) last_seq_ = *seq;
    return seq;
  }

  [[nodiscard]] Result<std::uint64_t> drop(PartitionId partition) override {
    return holds_.drop(partition);
  }

  [[nodiscard]] Result<std::optional<Found>> look_at(KeyHash hash,
                                                     const IndexEntry* entry) override {
    if (find_error) return std::unexpected(*find_error);
    auto found = holds_.look_at(hash, entry);
    const bool has_value =
        found && *found && std::holds_alternative<std::string>((*found)->value);
    if (has_value && is_cold) (*found)->value = ColdValue{};
    return found;
  }

  [[nodiscard]] const Index& index() const override { return holds_.index(); }

  // What the file of a cold value says.
  [[nodiscard]] Result<std::string> read_file(KeyHash hash, const std::string& key) {
    if (damaged.contains(key)) return fail(Errc::corrupt, "its checksum is not its own");
    const auto found = holds_.find(hash, key);
    return std::get<std::string>((*found)->value);
  }

  [[nodiscard]] std::uint64_t last_seq() const { return last_seq_; }

 private:
  MemoryEngine holds_;
  std::uint64_t last_seq_ = 0;
};

}  // namespace kv
