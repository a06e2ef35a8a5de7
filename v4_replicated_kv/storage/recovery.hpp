// From files to a store: what a start finds, and what it makes of it.
//
// Idea      every acknowledged write is in some file, whole. What is not whole was either
//           never acknowledged, and is cut off; or it was, and then the disk broke its
//           word, and that is said aloud. Which of the two, a later group can tell.
// Breaks if  the first thing that does not decode is taken for the end; or if a recovery
//            that is interrupted leaves something that the next one reads otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/index.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/scan.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

// A file of the log.
struct Segment {
  SegmentHeader header;
  std::shared_ptr<File> file;  // whoever reads keeps it, and with it the bytes
  std::uint64_t bytes = 0;     // up to the end of its last group
  bool sealed = false;
  bool has_hint = false;
  bool damaged = false;  // compaction keeps its hands off: repair comes first
};

using Segments = std::map<SegmentId, Segment>;

// What a store is made with where there is none; one that is there has its own.
struct NewStore {
  std::uint32_t partitions = 1;  // a power of two
  // Where keys have to lie as on other nodes: their hash. Empty: by chance.
  std::optional<std::uint64_t> hash_seed{};
  bool is_whole = true;  // not where there was one that was lost: see Manifest
};

struct Recovered {
  Manifest manifest;
  Index index;
  Segments segments{};
  std::uint64_t next_seq = 1;
  bool is_new = false;  // there was nothing: this is the first start on this disk
  std::vector<Damage> damage{};
  bool keys_unknown = false;  // damage may have taken keys that nobody can name
  std::optional<Damage>
      torn_tail{};  // no damage: what was cut off was never acknowledged
};

// The hash that the store of this manifest places keys by.
[[nodiscard]] Hasher store_hasher(const Manifest& manifest);

// A hint that no manifest has heard of: its segment is there as well, or is lost.
[[nodiscard]] bool is_recent_hint(const std::string& name, const Manifest& manifest);

// Reads all that is there; makes a new store of an empty directory. Chance names the disk
// life and new files.
//
// Errc::corrupt where the manifest is damaged or missing beside segments; Errc::bad_input
// for another version's files. Damaged segments are no error: they are in the report.
[[nodiscard]] Result<Recovered> recover(Disk& disk, const NewStore& if_empty,
                                        std::size_t hot_bytes_max, Rng& rng);

// Makes the hint of a sealed segment from its records, durably.
[[nodiscard]] Result<void> write_hint(Disk& disk, const Segment& segment,
                                      const Hasher& hash);

}  // namespace kv
