// `wal verify`: every byte of a log held against its checksums, and its files against
// each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/storage/scan.hpp"
#include "v4_replicated_kv/wal/log_files.hpp"

namespace kv {

struct Verdict {
  std::vector<Damage> damage;
  std::optional<Damage> torn_tail;  // no damage: it was never acknowledged
  std::size_t segments = 0;
  std::size_t hints = 0;
  std::uint64_t records = 0;
  std::uint64_t keys = 0;   // whose newest record is no deletion
  std::uint64_t bytes = 0;  // of the segments' files
};

// Keeps 24 bytes of each record, and of one segment at a time its keys.
[[nodiscard]] Verdict verify(const LogFiles& files);

// One line for each damage, and a summary.
[[nodiscard]] std::string verdict_text(const Verdict& verdict);

// All of it as one object.
[[nodiscard]] std::string verdict_json(const Verdict& verdict);

}  // namespace kv
