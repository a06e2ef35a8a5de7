#include "v4_replicated_kv/wal/log_files.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/hash/functions.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

namespace kv {

namespace {

// A segment's own limit, and one record over it.
constexpr std::uint64_t kFileBytesMax =
    kSegmentBytesMax + kGroupBytesAim + kRecordBytesMax + kSegmentHeaderBytes;

// How often a store may change while it is opened, or a group be half written, before
// that is believed to be something else.
constexpr int kAttempts = 16;

// Whose header is damaged may still say in each group whose it was: the first one does,
// if it is whole.
Result<std::optional<SegmentHeader>> salvaged_header(const File& file, SegmentId id) {
  std::string front;
  if (auto read = file.read(kSegmentHeaderBytes, kGroupHeaderBytes, front); !read) {
    return std::unexpected(read.error());
  }
  if (front.size() < kGroupHeaderBytes) return std::nullopt;
  const SegmentHeader header{.id = id, .nonce = load_le<std::uint64_t>(front.data() + 8)};
  auto step = SegmentReader(file, header.nonce).next();
  if (!step) return std::unexpected(step.error());
  const bool whole = std::holds_alternative<SegmentReader::Next>(*step);
  return whole ? std::optional(header) : std::nullopt;
}

class Opening {
 public:
  explicit Opening(Disk& disk) : disk_(disk) {}

  // The header's number has to be `id`, where there is one.
  Result<void> add(const std::string& name, std::optional<SegmentId> id) {
    std::shared_ptr<File> file;
    if (auto opened = disk_.open(name); opened) {
      file = std::move(*opened);
    } else if (opened.error().code == Errc::not_found) {
      missing_ = true;
      damaged(name, "the manifest lists it, and it is not there");
      return {};
    } else {
      return std::unexpected(opened.error());
    }
    const auto bytes = file->size();
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes > kFileBytesMax) {
      damaged(name, fmt::format("has {} bytes, and no segment has more than {}", *bytes,
                                kFileBytesMax));
      return {};
    }
    const auto header = header_of(*file, name, id);
    if (!header) return std::unexpected(header.error());
    if (!*header) return {};
    auto hint = hint_of(id);
    if (!hint) return std::unexpected(hint.error());
    files_.segments.push_back({.name = name,
                               .header = **header,
                               .file = std::move(file),
                               .bytes = *bytes,
                               .hint = std::move(*hint)});
    return {};
  }

  Result<void> add_hint_alone(SegmentId id) {
    const auto hint = disk_.open(hint_name(id));
    if (!hint && hint.error().code == Errc::not_found) return {};
    if (!hint) return std::unexpected(hint.error());
    const auto newest = newest_in(**hint);
    if (!newest) return std::unexpected(newest.error());
    files_.hints_alone.push_back({.segment = id, .newest = *newest});
    return {};
  }

  // The manifest's state after all was opened tells whether this is one state.
  [[nodiscard]] bool missing() const { return missing_; }

  LogFiles finish(std::optional<Manifest> manifest) && {
    std::ranges::sort(files_.segments, {},
                      [](const LogFile& file) { return file.header.id; });
    mark_last();
    files_.manifest = std::move(manifest);
    return std::move(files_);
  }

  void damaged(const std::string& name, std::string cause) {
    files_.damage.push_back({.file = name, .cause = std::move(cause)});
  }

 private:
  // Nothing where the file cannot be read any further.
  Result<std::optional<SegmentHeader>> header_of(const File& file,
                                                 const std::string& name,
                                                 std::optional<SegmentId> id) {
    auto header = read_segment_header(file, name);
    if (header) {
      if (id && header->id != *id) {
        damaged(name, fmt::format("its header says that it is {}: files were swapped",
                                  segment_name(header->id)));
      }
      return *header;
    }
    if (header.error().code == Errc::bad_input) {
      damaged(name, header.error().detail.substr(name.size() + 2));
      return std::nullopt;
    }
    if (header.error().code != Errc::corrupt) return std::unexpected(header.error());
    auto salvaged = salvaged_header(file, id.value_or(SegmentId{0}));
    if (!salvaged) return salvaged;
    damaged(name, *salvaged ? "its header does not match its checksum; its groups do"
                            : "its header is damaged, so its groups cannot be told from "
                              "other bytes");
    return salvaged;
  }

  // Made after the segment was sealed, so it vouches for that.
  Result<std::shared_ptr<const File>> hint_of(std::optional<SegmentId> id) {
    if (!id) return nullptr;
    auto hint = disk_.open(hint_name(*id));
    if (hint) return std::move(*hint);
    if (hint.error().code == Errc::not_found) return nullptr;
    return std::unexpected(hint.error());
  }

  // Only the last one that the log's writer wrote may have a torn tail, until it is
  // sealed.
  void mark_last() {
    LogFile* last = nullptr;
    for (LogFile& file : files_.segments) {
      if (file.header.origin == SegmentOrigin::appended) last = &file;
    }
    if (last != nullptr && last->hint == nullptr) last->ending = Ending::may_be_torn;
  }

  Disk& disk_;
  LogFiles files_;
  bool missing_ = false;
};

std::set<SegmentId> alive(const std::optional<Manifest>& manifest,
                          const std::vector<std::string>& names) {
  std::set<SegmentId> ids;
  if (manifest) ids.insert(manifest->live.begin(), manifest->live.end());
  for (const std::string& name : names) {
    const auto id = segment_named(name);
    if (id && (!manifest || *id >= manifest->next_segment)) ids.insert(*id);
  }
  return ids;
}

// Nothing where the store changed meanwhile.
Result<std::optional<LogFiles>> open_once(Disk& disk, const std::string& path) {
  Opening opening(disk);
  auto manifest = read_manifest(disk);
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  std::optional<Manifest> known;
  if (manifest && !std::has_single_bit(manifest->partitions)) {
    opening.damaged(std::string(kManifestName),
                    "its number of partitions is no power of "
                    "two; all segments are taken for alive");
  } else if (manifest) {
    known = std::move(*manifest);
  } else if (manifest.error().code == Errc::not_found) {
    if (alive(known, *names).empty()) {
      return fail(Errc::bad_input,
                  fmt::format("{}: holds no store: there is neither a {} nor a segment",
                              printable(path), kManifestName));
    }
    opening.damaged(std::string(kManifestName), "is missing beside segments");
  } else if (manifest.error().code == Errc::corrupt) {
    opening.damaged(std::string(kManifestName),
                    "does not match its checksum; all segments are taken for alive");
  } else {
    return std::unexpected(manifest.error());
  }
  for (const SegmentId id : alive(known, *names)) {
    if (auto added = opening.add(segment_name(id), id); !added) {
      return std::unexpected(added.error());
    }
  }
  for (const std::string& name : *names) {
    const auto id = hint_named(name);
    const bool is_alone = known && is_recent_hint(name, *known) &&
                          std::ranges::find(*names, segment_name(*id)) == names->end();
    if (!is_alone) continue;
    if (auto added = opening.add_hint_alone(*id); !added) {
      return std::unexpected(added.error());
    }
  }
  const auto after = read_manifest(disk);
  const bool same = !known || (after && *after == *known);
  if (!same) return std::nullopt;
  return std::move(opening).finish(std::move(known));
}

Result<LogFiles> open_directory(const std::string& path) {
  const auto disk = open_posix_disk_to_read(path);
  if (!disk) return std::unexpected(disk.error());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto files = open_once(**disk, path);
    if (!files) return std::unexpected(files.error());
    if (*files) return std::move(**files);
  }
  return fail(Errc::conflict,
              fmt::format("{}: a running store compacts faster than its files can be "
                          "opened; try again",
                          printable(path)));
}

Result<LogFiles> open_segment(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const bool here = slash == std::string::npos;
  const auto disk = open_posix_disk_to_read(here ? "." : path.substr(0, slash + 1));
  if (!disk) return std::unexpected(disk.error());
  Opening opening(**disk);
  const std::string name = here ? path : path.substr(slash + 1);
  if (auto added = opening.add(name, std::nullopt); !added) {
    return std::unexpected(added.error());
  }
  if (opening.missing()) {
    return fail(Errc::not_found, fmt::format("{}: is gone", printable(path)));
  }
  return std::move(opening).finish(std::nullopt);
}

}  // namespace

Result<LogFiles> open_log(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(Errc::not_found,
                fmt::format("{}: there is no such file or directory", printable(path)));
  }
  if (S_ISDIR(status.st_mode)) return open_directory(path);
  if (S_ISREG(status.st_mode)) return open_segment(path);
  return fail(Errc::bad_input,
              fmt::format("{}: is neither a directory nor a segment", printable(path)));
}

ScanReport scan_log_file(const LogFile& file, const std::function<void()>& start_over,
                         const RecordVisitor& visit) {
  std::uint32_t reached = kSegmentHeaderBytes;
  const auto once = [&] {
    reached = kSegmentHeaderBytes;
    start_over();
    return scan_segment(*file.file, file.header, file.ending,
                        [&](const Record& record, std::uint32_t offset) {
                          reached = offset;
                          visit(record, offset);
                        });
  };
  auto report = once();
  const auto in_doubt = [&] {
    return report && !report->damage.empty() && file.ending == Ending::may_be_torn;
  };
  for (int attempt = 0; attempt < kAttempts && in_doubt(); ++attempt) {
    const std::uint32_t before = report->damage.front().offset;
    report = once();
    if (in_doubt() && report->damage.front().offset == before) break;
  }
  if (!report) {
    ScanReport unread{.end = reached};
    unread.damage.push_back(
        {.file = file.name, .offset = reached, .cause = report.error().detail});
    return unread;
  }
  for (Damage& damage : report->damage) damage.file = file.name;
  return std::move(*report);
}

Hasher hasher_of(const LogFiles& files) {
  return files.manifest ? store_hasher(*files.manifest) : Hasher(xxh3);
}

Drops::Drops(const std::optional<Manifest>& manifest) {
  if (!manifest) return;
  knows_partitions_ = true;
  partition_bits_ = static_cast<unsigned>(std::bit_width(manifest->partitions)) - 1;
  dropped_at_ = manifest->dropped_at;
}

void Drops::see(const Record& record) {
  const auto partition = dropped_partition(record);
  if (!partition) return;
  std::uint64_t& at = dropped_at_[*partition];
  at = std::max(at, record.seq);
}

bool Drops::voids(KeyHash hash, std::uint64_t seq) const {
  if (!knows_partitions_ || dropped_at_.empty()) return false;
  const std::uint64_t partition =
      partition_bits_ == 0 ? 0 : hash.raw() >> (64 - partition_bits_);
  const auto dropped =
      dropped_at_.find(PartitionId{static_cast<std::uint32_t>(partition)});
  return dropped != dropped_at_.end() && seq <= dropped->second;
}

}  // namespace kv
