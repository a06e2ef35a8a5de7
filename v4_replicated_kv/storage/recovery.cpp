#include "v4_replicated_kv/storage/recovery.hpp"

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/hash/functions.hpp"
#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"

namespace kv {

namespace {

Result<Manifest> make_store(Disk& disk, const NewStore& plan, Rng& rng) {
  Manifest manifest{.actor = ActorId{rng.next()},
                    .hash_seed = plan.hash_seed ? *plan.hash_seed : rng.next(),
                    .partitions = plan.partitions,
                    .is_whole = plan.is_whole,
                    .next_segment = SegmentId{1}};
  if (auto written = write_manifest(disk, manifest); !written) {
    return std::unexpected(written.error());
  }
  return manifest;
}

// The manifest that is there, or that of a new store where nothing is.
Result<Manifest> manifest_of(Disk& disk, const NewStore& if_empty, Rng& rng,
                             bool& is_new) {
  auto manifest = read_manifest(disk);
  if (manifest || manifest.error().code != Errc::not_found) return manifest;
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  const auto segment = std::ranges::find_if(
      *names, [](const std::string& name) { return segment_named(name).has_value(); });
  is_new = segment == names->end();
  if (is_new) return make_store(disk, if_empty, rng);
  return fail(Errc::corrupt,
              fmt::format("{} is missing beside {}: restore it from a copy, or read the "
                          "segments with `wal dump`",
                          kManifestName, *segment));
}

// Whether no reader will ever come to a file. A hint is worth keeping for as long as its
// segment is expected: if that one is lost, the hint knows which keys it had.
bool is_leftover(const std::string& name, const std::vector<SegmentId>& alive) {
  auto id = segment_named(name);
  if (!id) id = hint_named(name);
  return name.ends_with(".tmp") || is_spare(name) ||
         (id && !std::ranges::binary_search(alive, *id));
}

// The segments that count: those of the manifest, and those that were begun since.
std::vector<SegmentId> segments_alive(const std::vector<std::string>& names,
                                      const Manifest& manifest) {
  std::vector<SegmentId> alive = manifest.live;
  for (const std::string& name : names) {
    const auto id = segment_named(name);
    if (id && *id >= manifest.next_segment) alive.push_back(*id);
  }
  std::ranges::sort(alive);
  alive.erase(std::ranges::unique(alive).begin(), alive.end());
  return alive;
}

// Removes what a compaction or a crash left behind, and lists the segments that are
// alive.
Result<std::vector<SegmentId>> clear_leftovers(Disk& disk, const Manifest& manifest) {
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  auto alive = segments_alive(*names, manifest);
  for (const std::string& name : *names) {
    if (!is_leftover(name, alive) || is_recent_hint(name, manifest)) continue;
    if (auto removed = disk.remove(name); !removed) {
      return std::unexpected(removed.error());
    }
  }
  return alive;
}

class Recovery {
 public:
  Recovery(Disk& disk, Recovered& out)
      : disk_(disk), out_(out), hash_(store_hasher(out.manifest)) {}

  Result<void> run(const std::vector<SegmentId>& alive) {
    for (const SegmentId id : alive) {
      if (auto opened = open(id); !opened) return opened;
    }
    const SegmentId last = last_appended();
    for (auto& [id, segment] : out_.segments) {
      if (auto loaded = load(segment, id == last); !loaded) return loaded;
    }
    return look_for_hints_alone();
  }

 private:
  Result<void> open(SegmentId id) {
    const std::string name = segment_name(id);
    auto file = disk_.open(name);
    if (!file && file.error().code == Errc::not_found) {
      lost(name, "the manifest lists it, and it is not there");
      return {};
    }
    if (!file) return std::unexpected(file.error());
    const auto header = read_segment_header(**file, name);
    if (!header && header.error().code != Errc::corrupt) {
      return std::unexpected(header.error());
    }
    if (!header || header->id != id) {
      lost(name, "its header is damaged, so its groups cannot be told from other bytes");
      return {};
    }
    out_.segments[id] = {.header = *header, .file = std::move(*file)};
    return {};
  }

  // The manifest lists no segment that was begun after it was written. If such a one is
  // gone, its hint still knows of records that are newer than all others. What a compaction
  // that was cut off left has none: it only copied.
  Result<void> look_for_hints_alone() {
    const auto names = disk_.list();
    if (!names) return std::unexpected(names.error());
    const std::uint64_t next_seq = out_.next_seq;
    for (const std::string& name : *names) {
      const auto id = hint_named(name);
      if (!id || !is_recent_hint(name, out_.manifest)) continue;
      if (out_.segments.contains(*id)) continue;
      const auto hint = disk_.open(name);
      if (!hint) return std::unexpected(hint.error());
      const auto newest = newest_in(**hint);
      if (!newest) return std::unexpected(newest.error());
      if (*newest < next_seq) {
        if (auto removed = disk_.remove(name); !removed) return removed;
        continue;
      }
      lost(segment_name(*id), "its hint knows of records that are nowhere else");
      out_.next_seq = std::max(out_.next_seq, *newest + 1);
      highest_lost_ = std::max(highest_lost_, *id);
    }
    // Its number stays its own: the hint tells of the loss until a manifest does.
    out_.manifest.next_segment =
        std::max(out_.manifest.next_segment, SegmentId{highest_lost_.raw() + 1});
    return {};
  }

  void lost(const std::string& name, const char* cause) {
    out_.damage.push_back({.file = name, .offset = 0, .cause = cause});
    out_.keys_unknown = true;
  }

  // The one segment that was not sealed before the next began.
  [[nodiscard]] SegmentId last_appended() const {
    SegmentId last;
    for (const auto& [id, segment] : out_.segments) {
      if (segment.header.origin == SegmentOrigin::appended) last = id;
    }
    return last;
  }

  Result<void> load(Segment& segment, bool is_last) {
    auto hinted = load_hint(segment);  // made after the seal, so it vouches for that
    if (!hinted) return std::unexpected(hinted.error());
    if (*hinted) return {};
    return scan(segment, is_last ? Ending::may_be_torn : Ending::sealed);
  }

  // Whether there was a hint that could be believed.
  Result<bool> load_hint(Segment& segment) {
    const auto file = disk_.open(hint_name(segment.header.id));
    if (!file && file.error().code == Errc::not_found) return false;
    if (!file) return std::unexpected(file.error());
    std::string bytes;
    if (const auto read = (*file)->read(0, kHintBytesMax, bytes); !read) {
      return std::unexpected(read.error());
    }
    auto reader = HintReader::open(bytes, segment.header);
    if (!reader) return false;
    Hint hint;
    while (reader->next(hint)) {
      apply(hint.hash, hint.record, segment, hint.offset, hint.bytes);
    }
    const auto size = segment.file->size();
    if (!size) return std::unexpected(size.error());
    segment.bytes = *size;
    segment.sealed = true;
    segment.has_hint = true;
    return true;
  }

  Result<void> scan(Segment& segment, Ending ending) {
    const auto report =
        scan_segment(*segment.file, segment.header, ending,
                     [&](const Record& record, std::uint32_t offset) {
                       apply(hash_key(hash_, record.key), record, segment, offset,
                             static_cast<std::uint32_t>(bytes_of(record)));
                     });
    if (!report) return std::unexpected(report.error());
    segment.bytes = report->end;
    segment.damaged = !report->damage.empty();
    out_.damage.insert(out_.damage.end(), report->damage.begin(), report->damage.end());
    out_.keys_unknown = out_.keys_unknown || segment.damaged;
    if (report->torn_at) {
      out_.torn_tail = {.file = segment_name(segment.header.id),
                        .offset = *report->torn_at,
                        .cause = "a write was cut short before it was acknowledged"};
    }
    segment.sealed = report->has_footer || ending == Ending::sealed;
    return segment.sealed ? Result<void>{} : seal(segment, *report);
  }

  void apply(KeyHash hash, const Record& record, const Segment& segment,
             std::uint32_t offset, std::uint32_t bytes) {
    out_.next_seq = std::max(out_.next_seq, record.seq + 1);
    out_.index.apply(hash, record, {.segment = segment.header.id, .offset = offset},
                     bytes);
  }

  // Cuts off what is torn and writes the footer. What precedes it may be in memory only,
  // if just the process died: it is made durable before the footer says that it is.
  Result<void> seal(Segment& segment, const ScanReport& report) {
    if (auto cut = segment.file->resize(report.end); !cut) return cut;
    if (auto synced = segment.file->sync(); !synced) return synced;
    std::string footer(kGroupHeaderBytes, '\0');
    close_group(footer, {.nonce = segment.header.nonce,
                         .number = report.groups,
                         .durable_up_to = report.end,
                         .kind = GroupKind::footer});
    if (auto written = segment.file->write(report.end, footer); !written) return written;
    if (auto synced = segment.file->sync(); !synced) return synced;
    segment.bytes = report.end + footer.size();
    segment.sealed = true;
    return {};
  }

  Disk& disk_;
  Recovered& out_;
  Hasher hash_;
  SegmentId highest_lost_{};
};

}  // namespace

Hasher store_hasher(const Manifest& manifest) {
  return Hasher(xxh3, manifest.hash_seed);
}

bool is_recent_hint(const std::string& name, const Manifest& manifest) {
  const auto id = hint_named(name);
  return id && *id >= manifest.next_segment;
}

Result<Recovered> recover(Disk& disk, const NewStore& if_empty, std::size_t hot_bytes_max,
                          Rng& rng) {
  bool is_new = false;
  auto manifest = manifest_of(disk, if_empty, rng, is_new);
  if (!manifest) return std::unexpected(manifest.error());
  const auto alive = clear_leftovers(disk, *manifest);
  if (!alive) return std::unexpected(alive.error());
  Recovered recovered{.manifest = std::move(*manifest),
                      .index = Index(manifest->partitions, hot_bytes_max)};
  recovered.index.restore(recovered.manifest.dropped_at,
                          recovered.manifest.counter_floor);
  for (const auto& [partition, seq] : recovered.manifest.dropped_at) {
    // The drop's own record may not have reached the disk.
    recovered.next_seq = std::max(recovered.next_seq, seq + 1);
  }
  recovered.is_new = is_new;
  Recovery recovery(disk, recovered);
  if (auto ran = recovery.run(*alive); !ran) return std::unexpected(ran.error());
  return recovered;
}

Result<void> write_hint(Disk& disk, const Segment& segment, const Hasher& hash) {
  HintBuilder hints;
  const auto report =
      scan_segment(*segment.file, segment.header, Ending::sealed,
                   [&](const Record& record, std::uint32_t offset) {
                     hints.add(hash_key(hash, record.key), record, offset);
                   });
  if (!report) return std::unexpected(report.error());
  if (!report->damage.empty()) {
    return fail(Errc::corrupt, describe(report->damage.front()));
  }
  const std::string name = hint_name(segment.header.id);
  const std::string unfinished = name + ".tmp";
  if (auto made = write_new_file(disk, unfinished, hints.encode(segment.header)); !made) {
    return std::unexpected(made.error());
  }
  if (auto renamed = disk.rename(unfinished, name); !renamed) return renamed;
  return disk.sync_names();
}

}  // namespace kv
