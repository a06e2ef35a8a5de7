// Winning back the bytes that no reader can reach.
//
// Idea      copy the newest records of some sealed segments into one new segment, make
//           that durable under its name, then say in the manifest which files count, then
//           remove the old ones. Up to the manifest nothing has happened; after it, all.
// Breaks if  a record is left out because of a newer one that is not on the disk yet: a
//            power cut would take both. Or a tombstone is left out while an older record
//            of its key is still in some file: the next start would find that one, and
//            the deleted key is back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

struct CompactionPlan {
  std::vector<Segment> inputs;
  SegmentHeader output;
};

// What compaction does with a record.
enum class Fate { keep, leave_out };

// A record that compaction has met, and asks about.
struct Candidate {
  KeyHash hash;
  std::string_view key;
  Position at;
  Fate fate = Fate::leave_out;  // the answer
};

// A record that lies elsewhere now, or nowhere any more.
struct Moved {
  KeyHash hash;
  std::string key;
  std::uint64_t seq = 0;
  Position from;
  std::optional<Position> to;
};

struct Compacted {
  std::vector<SegmentId> inputs;
  std::optional<Segment> output;  // nothing where no record was kept
  std::vector<Moved> moved;
};

// Copies what `decide` keeps, and gives the output and its hint their names, durably.
// Touches no shared state but through `decide`, so it may run beside the engine, if that
// takes care. It is asked about many records at once: a lock for each would stop
// everybody else for as long as a compaction takes. Errc::corrupt where an input is
// damaged: then nothing is to be installed, and the inputs stay as they are.
using Decide = std::function<void(std::span<Candidate> candidates)>;
[[nodiscard]] Result<Compacted> compact(Disk& disk, const CompactionPlan& plan,
                                        const Hasher& hash, const Decide& decide);

// Removes the files that the manifest does not list any more.
[[nodiscard]] Result<void> remove_segments(Disk& disk, const std::vector<SegmentId>& ids);

}  // namespace kv
