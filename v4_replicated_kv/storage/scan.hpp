// Reading a segment from front to back: recovery, hints, compaction, scrub and the tools
// all see a segment through these eyes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

// Something durable that is not what it was.
struct Damage {
  std::string file;
  std::uint32_t offset = 0;
  std::string cause;  // what is wrong there, and what it means
};

// "segment-00000001.log at offset 64: ..."
[[nodiscard]] std::string describe(const Damage& damage);

// Whether more may have been written to a segment than was ever durable.
enum class Ending { may_be_torn, sealed };

struct ScanReport {
  std::uint32_t end = 0;       // where the last whole group ends
  std::uint64_t groups = 0;    // the next group's number
  std::uint64_t last_seq = 0;  // the largest seen
  bool has_footer = false;
  std::optional<std::uint32_t> torn_at{};  // a torn tail begins here
  std::vector<Damage> damage{};
};

// Calls visit(record, offset) for each record that is whole, in the order of the file;
// its bytes are valid during the call. Errc::io where the file cannot be read; damage is
// no error but part of the report.
using RecordVisitor = std::function<void(const Record& record, std::uint32_t offset)>;
[[nodiscard]] Result<ScanReport> scan_segment(const File& file,
                                              const SegmentHeader& header, Ending ending,
                                              const RecordVisitor& visit);

// The header that the file begins with; errors as of decode_segment_header.
[[nodiscard]] Result<SegmentHeader> read_segment_header(const File& file,
                                                        const std::string& name);

// What is wrong with the front of a file that was opened with this header. Nothing needs
// it again but the next start, which knows no other.
[[nodiscard]] Result<std::optional<Damage>> damage_of_header(const File& file,
                                                             const SegmentHeader& header);

}  // namespace kv
