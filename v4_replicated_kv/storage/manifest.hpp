// The manifest: which segments are alive, and what this disk's life must never forget.
//
// Why       compaction replaces several files by one. Which of them count has to change
//           in one step, and a rename is the one step that a file system has.
// Breaks if  it is written in place, or a segment is removed before a manifest without it
//            is durable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/segment.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct Manifest {
  ActorId actor;                    // this disk life's name for its versions
  std::uint64_t hash_seed = 0;      // keys are placed by this hash, for life
  std::uint64_t dots_reserved = 0;  // versions up to here may have been named
  std::uint32_t partitions = 0;     // of the hash space, fixed for life
  // Not, while it lacks what it acknowledged in an earlier life and others still have.
  bool is_whole = true;
  SegmentId next_segment;         // numbers from here on were not given out then
  std::vector<SegmentId> live{};  // sorted; newer ones are alive as well
  // Of a partition that was dropped: records of this log up to here are void.
  std::map<PartitionId, std::uint64_t> dropped_at{};
  // The largest counter of a version that a partition let go of: new ones are above it.
  std::map<PartitionId, std::uint64_t> counter_floor{};
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

inline constexpr std::string_view kManifestName = "MANIFEST";

[[nodiscard]] std::string encode_manifest(const Manifest& manifest);

// Errc::corrupt for bytes that are no whole manifest, Errc::bad_input for another
// format's.
[[nodiscard]] Result<Manifest> decode_manifest(std::string_view bytes);

// Errc::not_found where there is none.
[[nodiscard]] Result<Manifest> read_manifest(Disk& disk);

// Takes room for a manifest of so many bytes: what it returns is for write_manifest(),
// which then needs neither room nor a descriptor. disk_full leaves none.
[[nodiscard]] Result<std::unique_ptr<File>> make_room_for_manifest(Disk& disk,
                                                                   std::uint64_t bytes);

// Replaces it, durably: file, sync, rename, sync of the names.
[[nodiscard]] Result<void> write_manifest(Disk& disk, const Manifest& manifest);
[[nodiscard]] Result<void> write_manifest(Disk& disk, const Manifest& manifest,
                                          File& room);

// Makes a whole file under a name that nobody reads yet, syncs it and leaves it open.
// What fails leaves none.
[[nodiscard]] Result<std::unique_ptr<File>> write_new_file(Disk& disk,
                                                           const std::string& name,
                                                           std::string_view bytes);

}  // namespace kv
