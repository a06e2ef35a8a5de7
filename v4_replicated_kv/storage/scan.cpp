#include "v4_replicated_kv/storage/scan.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace kv {

namespace {

class Scan {
 public:
  Scan(const SegmentHeader& header, Ending ending, const RecordVisitor& visit)
      : name_(segment_name(header.id)), ending_(ending), visit_(visit) {}

  // Takes in one step; whether it was the last.
  [[nodiscard]] bool take(const SegmentReader::Step& step) {
    return std::visit([this](const auto& event) { return on(event); }, step);
  }

  [[nodiscard]] ScanReport finish() && {
    if (ending_ == Ending::sealed && !report_.has_footer) {
      damaged(report_.end, "the segment was sealed, and its end is missing");
    }
    return std::move(report_);
  }

 private:
  bool on(const SegmentReader::Next& next) {
    const Group& group = next.group;
    report_.end = next.offset + static_cast<std::uint32_t>(group.bytes);
    report_.groups = group.header.number + 1;
    report_.has_footer = group.header.kind == GroupKind::footer;
    std::string_view left = group.payload;
    std::uint32_t offset = next.offset + std::uint32_t{kGroupHeaderBytes};
    while (!left.empty()) {
      const auto record = decode_record(left);
      if (!record) {
        damaged(offset, "a record does not match its checksum, though its group does");
        break;
      }
      report_.last_seq = std::max(report_.last_seq, record->seq);
      visit_(*record, offset);
      left.remove_prefix(bytes_of(*record));
      offset += static_cast<std::uint32_t>(bytes_of(*record));
    }
    return report_.has_footer;
  }

  bool on(const SegmentReader::End& end) {
    report_.end = end.offset;
    return true;
  }

  bool on(const SegmentReader::TornTail& tail) {
    report_.end = tail.offset;
    if (ending_ == Ending::may_be_torn) report_.torn_at = tail.offset;
    return true;
  }

  bool on(const SegmentReader::Corrupt& corrupt) {
    damaged(corrupt.offset,
            fmt::format("{} bytes that were durable do not match their checksum",
                        corrupt.resume - corrupt.offset));
    report_.end = corrupt.resume;
    return false;
  }

  void damaged(std::uint32_t offset, std::string cause) {
    report_.damage.push_back(
        {.file = name_, .offset = offset, .cause = std::move(cause)});
  }

  std::string name_;
  Ending ending_;
  const RecordVisitor& visit_;
  ScanReport report_{.end = kSegmentHeaderBytes};
};

}  // namespace

std::string describe(const Damage& damage) {
  return fmt::format("{} at offset {}: {}", damage.file, damage.offset, damage.cause);
}

Result<ScanReport> scan_segment(const File& file, const SegmentHeader& header,
                                Ending ending, const RecordVisitor& visit) {
  SegmentReader reader(file, header.nonce);
  Scan scan(header, ending, visit);
  for (;;) {
    const auto step = reader.next();
    if (!step) return std::unexpected(step.error());
    if (scan.take(*step)) return std::move(scan).finish();
  }
}

Result<SegmentHeader> read_segment_header(const File& file, const std::string& name) {
  std::string bytes;
  if (const auto read = file.read(0, kSegmentHeaderBytes, bytes); !read) {
    return std::unexpected(read.error());
  }
  return decode_segment_header(bytes, name);
}

Result<std::optional<Damage>> damage_of_header(const File& file,
                                               const SegmentHeader& header) {
  const std::string name = segment_name(header.id);
  const auto found = read_segment_header(file, name);
  if (!found && found.error().code != Errc::corrupt) {
    return std::unexpected(found.error());
  }
  if (found && *found == header) return std::nullopt;
  return Damage{.file = name,
                .offset = 0,
                .cause =
                    "its header is damaged: the next start will not know its groups "
                    "from other bytes"};
}

}  // namespace kv
