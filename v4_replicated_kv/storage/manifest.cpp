#include "v4_replicated_kv/storage/manifest.hpp"

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"

namespace kv {

namespace {

constexpr std::string_view kManifestMagic = "KVMANIFS";
constexpr std::uint64_t kManifestBytesMax = std::uint64_t{64} << 20;

void append_marks(std::string& out, const std::map<PartitionId, std::uint64_t>& marks) {
  append_le(out, static_cast<std::uint32_t>(marks.size()));
  for (const auto& [partition, mark] : marks) {
    append_le(out, partition.raw());
    append_le(out, mark);
  }
}

std::string unfinished_name() {
  return std::string(kManifestName) + ".tmp";
}

std::map<PartitionId, std::uint64_t> read_marks(ByteReader& reader) {
  std::map<PartitionId, std::uint64_t> marks;
  const auto count = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    const PartitionId partition{reader.number<std::uint32_t>()};
    const auto mark = reader.number<std::uint64_t>();
    if (reader.ok()) marks[partition] = mark;
  }
  return marks;
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string bytes(kManifestMagic);
  append_le(bytes, kFormatVersion);
  append_le(bytes, manifest.actor.raw());
  append_le(bytes, manifest.hash_seed);
  append_le(bytes, manifest.dots_reserved);
  append_le(bytes, manifest.partitions);
  append_le(bytes, static_cast<std::uint8_t>(manifest.is_whole ? 1 : 0));
  append_le(bytes, manifest.next_segment.raw());
  append_le(bytes, static_cast<std::uint32_t>(manifest.live.size()));
  for (const SegmentId id : manifest.live) append_le(bytes, id.raw());
  append_marks(bytes, manifest.dropped_at);
  append_marks(bytes, manifest.counter_floor);
  append_le(bytes, crc32c(bytes));
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  const auto damaged = [] {
    return fail(Errc::corrupt, fmt::format("{}: damaged", kManifestName));
  };
  if (bytes.size() < kManifestMagic.size() + 8 || !bytes.starts_with(kManifestMagic))
    return damaged();
  const std::string_view covered = bytes.substr(0, bytes.size() - 4);
  if (load_le<std::uint32_t>(bytes.substr(covered.size())) != crc32c(covered)) {
    return damaged();
  }
  ByteReader reader(covered.substr(kManifestMagic.size()));
  if (const auto format = reader.number<std::uint32_t>(); format != kFormatVersion) {
    return fail(Errc::bad_input,
                fmt::format("{}: written in format {}, this program reads format {}",
                            kManifestName, format, kFormatVersion));
  }
  Manifest manifest;
  manifest.actor = ActorId{reader.number<std::uint64_t>()};
  manifest.hash_seed = reader.number<std::uint64_t>();
  manifest.dots_reserved = reader.number<std::uint64_t>();
  manifest.partitions = reader.number<std::uint32_t>();
  manifest.is_whole = reader.number<std::uint8_t>() != 0;
  manifest.next_segment = SegmentId{reader.number<std::uint32_t>()};
  const auto live = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < live && reader.ok(); ++i) {
    manifest.live.emplace_back(reader.number<std::uint32_t>());
  }
  manifest.dropped_at = read_marks(reader);
  manifest.counter_floor = read_marks(reader);
  if (!reader.at_end()) return damaged();
  return manifest;
}

Result<Manifest> read_manifest(Disk& disk) {
  const auto file = disk.open(std::string(kManifestName));
  if (!file) return std::unexpected(file.error());
  std::string bytes;
  if (const auto read = (*file)->read(0, kManifestBytesMax, bytes); !read) {
    return std::unexpected(read.error());
  }
  return decode_manifest(bytes);
}

Result<std::unique_ptr<File>> write_new_file(Disk& disk, const std::string& name,
                                             std::string_view bytes) {
  auto file = disk.create(name);
  if (!file) return file;
  auto done = (*file)->write(0, bytes);
  if (done) done = (*file)->sync();
  if (done) return file;
  // What failed is worth more than whether its remains could be removed: if not, the next
  // start does.
  disregard(disk.remove(name));
  return std::unexpected(done.error());
}

Result<std::unique_ptr<File>> make_room_for_manifest(Disk& disk, std::uint64_t bytes) {
  return write_new_file(disk, unfinished_name(), std::string(bytes, '\0'));
}

Result<void> write_manifest(Disk& disk, const Manifest& manifest) {
  const auto file = disk.create(unfinished_name());
  if (!file) return std::unexpected(file.error());
  return write_manifest(disk, manifest, **file);
}

Result<void> write_manifest(Disk& disk, const Manifest& manifest, File& room) {
  const std::string bytes = encode_manifest(manifest);
  if (auto written = room.write(0, bytes); !written) return written;
  if (auto cut = room.resize(bytes.size()); !cut) return cut;
  if (auto synced = room.sync(); !synced) return synced;
  const std::string name(kManifestName);
  if (auto renamed = disk.rename(unfinished_name(), name); !renamed) return renamed;
  return disk.sync_names();
}

}  // namespace kv
