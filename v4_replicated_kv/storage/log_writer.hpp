// The hands of the log: puts groups into files, in their order.
//
// Why       a segment's file is ready before it is needed: filled with zeros, so that a
//           sync has no new blocks to record and no write finds the disk full. The only
//           place where room can run out is the making of that spare.
// Breaks if  a segment gets its name before its header is durable, or its first group
//            before the segment before it is sealed.
// Threads   one at a time; make_spare() may run beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/log.hpp"

namespace kv {

// What the file is called that becomes the segment with this nonce. Each has its own
// name: the next may be made before the one before was begun.
[[nodiscard]] std::string spare_name(std::uint64_t nonce);

// What compaction and deletes live on when the disk is full.
inline constexpr std::string_view kReserveName = "reserve";

// Makes a file of so many zeros that have their place on the disk, and leaves it open;
// disk_full leaves none.
[[nodiscard]] Result<std::shared_ptr<File>> make_spare(Disk& disk,
                                                       const std::string& name,
                                                       std::uint64_t bytes);

// Whether a file was to be the next segment: a start makes it anew.
[[nodiscard]] bool is_spare(std::string_view name);

class LogWriter {
 public:
  explicit LogWriter(Disk& disk) : disk_(disk) {}

  // Writes the group where it belongs. Makes its segment's file of the spare first, if it
  // begins one, and syncs after it, if it seals one. Any error is final: what the disk
  // has is unknown then.
  [[nodiscard]] Result<void> write(const GroupWrite& group);

  // Makes all that was written durable.
  [[nodiscard]] Result<void> sync();

  // The file that the last group went to.
  [[nodiscard]] const std::shared_ptr<File>& file() const { return file_; }

 private:
  [[nodiscard]] Result<void> begin(const SegmentHeader& header,
                                   const std::shared_ptr<File>& spare);

  Disk& disk_;
  std::shared_ptr<File> file_;
};

}  // namespace kv
