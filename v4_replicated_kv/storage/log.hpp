// The end of the log: what was appended, and how far it got.
//
//      durable            written             taken           appended
//   ------|------------------|-------------------|-----------------|
//   on the disk        in the file,      being written      open group
//                  lost by a power cut
//
// Why       writers do not wait for the disk to add a record, only to be told that it is
//           durable. Everything added while one group is on its way becomes the next:
//           group commit is not a feature, it is what waiting in a queue looks like.
// Breaks if  a group is written over a segment's end, or a segment's first group before
//            the one before is sealed.
// Threads   one at a time. Who writes the groups to the disk may be another thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "v4_replicated_kv/storage/group.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

// One write for the disk, in the order of the queue.
struct GroupWrite {
  SegmentHeader segment;
  std::shared_ptr<File> begins{};  // the spare that becomes the segment's file first
  bool seals = false;  // sync after it: nothing is ever written to the segment again
  std::uint32_t offset = 0;
  std::string bytes;
  std::uint64_t last_seq = 0;  // of the records up to here
};

class Log {
 public:
  // A log without a segment, whose next record is `next_seq`.
  Log(std::uint64_t segment_bytes, std::uint64_t next_seq)
      : segment_bytes_(segment_bytes),
        next_seq_(next_seq),
        written_seq_(next_seq - 1),
        durable_seq_(next_seq - 1) {}

  // Whether a record of so many bytes still goes into the segment at the end.
  [[nodiscard]] bool fits(std::size_t record_bytes) const;

  // Ends the segment at the end with a footer; then there is none.
  void close();

  // Closes, and begins this one in that spare. Every record fits into a new one.
  void roll(const SegmentHeader& next, std::shared_ptr<File> spare);

  // Appends the record under the next sequence number, which it sets. The record fits.
  Position append(Record& record);

  // The next group to write, or nullptr. It stays readable here until it is written.
  [[nodiscard]] std::shared_ptr<const GroupWrite> take();

  // The group that was taken first is in its file.
  void written();

  // What was written when the sync began is durable.
  void durable(std::uint64_t seq);

  // The bytes of a record that is not in its file yet; nothing for others.
  [[nodiscard]] std::optional<std::string_view> pending(Position at,
                                                        std::size_t bytes) const;

  [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }
  [[nodiscard]] std::uint64_t written_seq() const { return written_seq_; }
  [[nodiscard]] std::uint64_t durable_seq() const { return durable_seq_; }
  [[nodiscard]] bool has_segment() const { return segment_.has_value(); }
  [[nodiscard]] SegmentId segment() const { return segment_->id; }

  // Whether a closed group waits to be taken.
  [[nodiscard]] bool has_queued() const { return taken_ < queue_.size(); }

  // How many bytes wait to be taken.
  [[nodiscard]] std::size_t waiting_bytes() const { return open_.size() + queued_bytes_; }

 private:
  void close_open_group(GroupKind kind);

  std::uint64_t segment_bytes_;
  std::uint64_t next_seq_;
  std::uint64_t written_seq_;
  std::uint64_t durable_seq_;

  std::optional<SegmentHeader> segment_;
  std::shared_ptr<File> spare_;  // until a group that begins it is in the queue
  std::uint64_t groups_ = 0;     // closed in this segment
  std::uint32_t offset_ = 0;     // where the open group begins
  std::uint64_t durable_up_to_ = 0;
  std::string open_;  // room for a header, then records; or empty
  std::uint32_t open_records_ = 0;

  std::deque<std::shared_ptr<const GroupWrite>> queue_;  // the taken ones first
  std::size_t taken_ = 0;
  std::size_t queued_bytes_ = 0;
};

}  // namespace kv
