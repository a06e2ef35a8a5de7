// The files of a log, opened to be looked at: nothing is locked, cut or written.
//
// Idea      all files are opened before the first is read, and an open file keeps its
//           bytes when its name is removed: so a store that is running, and compacts
//           meanwhile, shows one state. The manifest says whether it did while they were
//           opened; then they are opened again.
// Breaks if  a group that is being written is taken for damage. A file that may still
//            grow is looked at again before it is called damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/scan.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

struct LogFile {
  std::string name;
  SegmentHeader header;
  std::shared_ptr<const File> file;
  std::uint64_t bytes = 0;
  Ending ending = Ending::sealed;
  std::shared_ptr<const File> hint{};  // nullptr: there is none
};

// A hint without its segment, which no manifest has heard of.
struct HintAlone {
  SegmentId segment;
  std::uint64_t newest = 0;  // the largest sequence number that it knows of
};

struct LogFiles {
  std::optional<Manifest> manifest{};  // nothing: of a single segment, or damaged
  std::vector<LogFile> segments{};     // in the order of their numbers
  std::vector<HintAlone> hints_alone{};
  std::vector<Damage> damage{};  // of what cannot be read at all, and of headers
};

// Opens the store in a directory, or a single segment. Errors: not_found; bad_input where
// there is no store; conflict where it changes too fast; io.
[[nodiscard]] Result<LogFiles> open_log(const std::string& path);

// Scans a segment as it is now. The visitor may have to start over, and is told. What
// cannot be read is damage too.
[[nodiscard]] ScanReport scan_log_file(const LogFile& file,
                                       const std::function<void()>& start_over,
                                       const RecordVisitor& visit);

// The hash that keys are placed by; some other one where there is no manifest.
[[nodiscard]] Hasher hasher_of(const LogFiles& files);

// Which records are void because their partition was dropped later.
class Drops {
 public:
  // Without a manifest nobody knows a key's partition, and no record is void.
  explicit Drops(const std::optional<Manifest>& manifest);

  // Takes in a record of any kind.
  void see(const Record& record);

  [[nodiscard]] bool voids(KeyHash hash, std::uint64_t seq) const;

 private:
  unsigned partition_bits_ = 0;
  bool knows_partitions_ = false;
  std::map<PartitionId, std::uint64_t> dropped_at_;
};

}  // namespace kv
