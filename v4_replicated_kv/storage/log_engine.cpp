#include "v4_replicated_kv/storage/log_engine.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "v4_replicated_kv/storage/compression.hpp"

namespace kv {

namespace {

Result<std::string> value_of(const Record& record) {
  if (record.compressed) return decompress(record.value);
  return std::string(record.value);
}

// Of the bytes of a segment, so many live ones among them, what a compaction would win.
// The least that one leaves around them is no win: a small segment would be compacted for
// ever.
double dead_share(std::uint64_t bytes, std::uint64_t live) {
  if (live == 0) return 1;
  constexpr std::uint64_t kLeast =
      kSegmentHeaderBytes + 2 * group_bytes(0) + kGroupAlignment;
  const std::uint64_t kept = std::min(live + kLeast, bytes);
  return static_cast<double>(bytes - kept) / static_cast<double>(bytes);
}

}  // namespace

LogEngine::LogEngine(const EngineLimits& limits, Recovered recovered)
    : limits_(limits),
      manifest_(std::move(recovered.manifest)),
      index_(std::move(recovered.index)),
      segments_(std::move(recovered.segments)),
      log_(limits.segment_bytes, recovered.next_seq) {
  KV_CHECK(limits.segment_bytes <= kSegmentBytesMax, "offsets have 32 bits");
  if (!segments_.empty()) {
    const SegmentId after{segments_.rbegin()->first.raw() + 1};
    manifest_.next_segment = std::max(manifest_.next_segment, after);
  }
}

bool LogEngine::needs_spare(std::size_t key_bytes, std::size_t stored_bytes) const {
  const bool has_spare =
      spare_ && spare_->bytes >= bytes_of_spare(key_bytes, stored_bytes);
  return !has_spare && !log_.fits(kRecordHeaderBytes + key_bytes + stored_bytes);
}

std::uint64_t LogEngine::bytes_of_spare(std::size_t key_bytes,
                                        std::size_t stored_bytes) const {
  const std::size_t record = kRecordHeaderBytes + key_bytes + stored_bytes;
  return std::max<std::uint64_t>(
      limits_.segment_bytes, kSegmentHeaderBytes + group_bytes(record) + group_bytes(0));
}

SegmentHeader LogEngine::new_segment(SegmentOrigin origin, std::uint64_t nonce) {
  const SegmentId id = manifest_.next_segment;
  manifest_.next_segment = SegmentId{id.raw() + 1};
  return {.id = id, .origin = origin, .nonce = nonce};
}

// Begins another segment where the record does not fit into this one.
Result<void> LogEngine::make_room(std::size_t record_bytes) {
  if (log_.fits(record_bytes)) return {};
  if (!spare_ || spare_->bytes < bytes_of_spare(0, record_bytes - kRecordHeaderBytes)) {
    return fail(Errc::disk_full,
                "no room for another segment of the log: free disk space, or raise the "
                "limit of open files if that is reached; reads go on");
  }
  const SegmentHeader next = new_segment(SegmentOrigin::appended, spare_->nonce);
  unbegun_.insert(next.id);
  log_.roll(next, std::move(spare_->file));
  spare_.reset();
  return {};
}

Result<std::uint64_t> LogEngine::write(const KeyChange& change) {
  if (failure_) return fail(Errc::stopped, failure_->detail);
  if (auto limits = check_limits(change); !limits) {
    return std::unexpected(limits.error());
  }
  if (auto index = check_index(index_, change, limits_.index_bytes_max); !index) {
    return std::unexpected(index.error());
  }
  Record record = record_of(change);
  if (auto room = make_room(bytes_of(record)); !room) {
    return std::unexpected(room.error());
  }
  const Position at = log_.append(record);
  IndexEntry* const entry =
      index_.apply(change.hash, record, at, static_cast<std::uint32_t>(bytes_of(record)));
  KV_CHECK(entry != nullptr, "what was appended last is the newest");
  if (has_value(change.kind)) index_.hot().keep(*entry, change.value);
  return record.seq;
}

Result<std::uint64_t> LogEngine::drop(PartitionId partition) {
  if (failure_) return fail(Errc::stopped, failure_->detail);
  const std::string key = drop_key(partition);
  Record record{.kind = RecordKind::drop_partition, .key = key};
  if (auto room = make_room(bytes_of(record)); !room) {
    return std::unexpected(room.error());
  }
  const Position at = log_.append(record);
  index_.apply(KeyHash{0}, record, at, static_cast<std::uint32_t>(bytes_of(record)));
  return record.seq;
}

bool LogEngine::may_be_lost(KeyHash hash, const IndexEntry* entry) const {
  if (muted_.empty()) return false;
  const auto muted = muted_.find(index_.partition_of(hash));
  return muted != muted_.end() && (entry == nullptr || entry->seq <= muted->second);
}

Result<std::optional<Found>> LogEngine::look_at(KeyHash hash, const IndexEntry* entry) {
  if (failure_) return fail(Errc::stopped, failure_->detail);
  if (may_be_lost(hash, entry)) {
    return fail(Errc::corrupt,
                fmt::format("partition {} may have lost what was written to this key: "
                            "repair it from another copy",
                            index_.partition_of(hash).raw()));
  }
  if (entry == nullptr) return std::nullopt;
  Found found{.known = known_of(*entry), .value = std::monostate{}};
  if (entry->kind == RecordKind::tombstone) return found;
  if (entry->is_hot) {
    ++reads_.hot;
    found.value = HotValues::use(*entry);
  } else if (const auto bytes = log_.pending(entry->position, entry->bytes)) {
    ++reads_.hot;
    auto value = value_of(*decode_record(*bytes));
    if (!value) return std::unexpected(value.error());
    found.value = std::move(*value);
  } else {
    ++reads_.cold;
    found.value = ColdValue{.file = segments_.at(entry->position.segment).file,
                            .position = entry->position,
                            .bytes = entry->bytes};
  }
  return found;
}

void LogEngine::warm(KeyHash hash, std::string_view key, std::uint64_t seq,
                     std::string_view value) {
  IndexEntry* const entry = index_.find(hash, key);
  if (entry != nullptr && entry->seq == seq) index_.hot().keep(*entry, value);
}

void LogEngine::began(const SegmentHeader& header, std::shared_ptr<File> file) {
  unbegun_.erase(header.id);
  segments_[header.id] = {.header = header, .file = std::move(file)};
}

void LogEngine::written(const GroupWrite& group) {
  Segment& segment = segments_.at(group.segment.id);
  segment.bytes = group.offset + group.bytes.size();
  segment.sealed = group.seals;
  log_.written();
  if (group.seals) log_.durable(group.last_seq);
}

void LogEngine::failed(Error cause) {
  if (!failure_) failure_ = std::move(cause);
}

void LogEngine::mute() {
  for (std::uint32_t id = 0; id < index_.partitions(); ++id) {
    muted_[PartitionId{id}] = log_.next_seq() - 1;
  }
}

std::optional<CompactionPlan> LogEngine::plan_compaction(double dead_ratio,
                                                         std::size_t inputs_max,
                                                         std::uint64_t nonce) {
  if (!unbegun_.empty()) return std::nullopt;  // the output's number is to be above it
  std::vector<std::pair<std::uint64_t, const Segment*>> wasteful;  // by live bytes
  for (const auto& [id, segment] : segments_) {
    if (!segment.sealed || segment.damaged) continue;
    const std::uint64_t live = index_.live_bytes(id);
    if (dead_share(segment.bytes, live) < dead_ratio) continue;
    wasteful.emplace_back(live, &segment);
  }
  std::ranges::stable_sort(wasteful, {}, [](const auto& entry) { return entry.first; });
  CompactionPlan plan;
  std::uint64_t kept = 0;
  for (const auto& [live, segment] : wasteful) {
    const bool full = plan.inputs.size() == inputs_max ||
                      (!plan.inputs.empty() && kept + live > limits_.segment_bytes);
    if (full) break;
    kept += live;
    plan.inputs.push_back(*segment);
  }
  if (plan.inputs.empty()) return std::nullopt;
  plan.output = new_segment(SegmentOrigin::compacted, nonce);
  return plan;
}

void LogEngine::decide(std::span<Candidate> candidates) const {
  index_.expect(candidates | std::views::transform(&Candidate::hash));
  for (Candidate& candidate : candidates) {
    const IndexEntry* const entry = index_.find(candidate.hash, candidate.key);
    candidate.fate = may_go(entry, candidate.at) ? Fate::leave_out : Fate::keep;
  }
}

// What a newer record replaces stays until that one is on the disk: a power cut that took
// the newer one would take the key.
bool LogEngine::may_go(const IndexEntry* entry, Position at) const {
  if (entry == nullptr) return true;  // dropped: the manifest will say so
  if (entry->position != at) return entry->seq <= log_.durable_seq();
  return entry->is_above_nothing() && !limits_.keep_tombstones;
}

void LogEngine::moved(std::span<const Moved> slice) {
  index_.expect(slice | std::views::transform(&Moved::hash));
  for (const Moved& moved : slice) {
    if (moved.to) {
      index_.move(moved.hash, moved.key, moved.from, *moved.to);
    } else {
      index_.forget(moved.hash, moved.key, moved.seq, moved.from);
    }
  }
}

void LogEngine::retire(const std::vector<SegmentId>& inputs) {
  for (const SegmentId id : inputs) segments_.erase(id);
}

void LogEngine::install(const Compacted& compacted) {
  if (compacted.output) adopt(*compacted.output);
  moved(compacted.moved);
  retire(compacted.inputs);
}

std::vector<Segment> LogEngine::without_hint(double compact_above) const {
  std::vector<Segment> found;
  for (const auto& [id, segment] : segments_) {
    if (!segment.sealed || segment.has_hint || segment.damaged) continue;
    const bool goes_soon =
        compact_above < 1 &&
        dead_share(segment.bytes, index_.live_bytes(id)) >= compact_above;
    if (!goes_soon) found.push_back(segment);
  }
  return found;
}

void LogEngine::hinted(SegmentId id) {
  if (const auto at = segments_.find(id); at != segments_.end()) {
    at->second.has_hint = true;
  }
}

void LogEngine::damaged(SegmentId id) {
  if (const auto at = segments_.find(id); at != segments_.end()) {
    at->second.damaged = true;
  }
}

Manifest LogEngine::manifest() const {
  Manifest manifest = manifest_;
  // A number whose file is not there yet must read as new, not as alive or dead.
  if (!unbegun_.empty()) manifest.next_segment = *unbegun_.begin();
  manifest.live.clear();
  for (const auto& [id, segment] : segments_) manifest.live.push_back(id);
  manifest.dropped_at = index_.dropped_at();
  manifest.counter_floor = index_.counter_floors();
  return manifest;
}

Result<std::string> read_cold(const ColdValue& cold, std::string_view key,
                              std::uint64_t seq) {
  std::string bytes;
  if (auto read = cold.file->read(cold.position.offset, cold.bytes, bytes); !read) {
    return std::unexpected(read.error());
  }
  const auto damaged = [&](const char* what) {
    return fail(Errc::corrupt,
                fmt::format("{} at offset {}: {}", segment_name(cold.position.segment),
                            cold.position.offset, what));
  };
  const auto record = decode_record(bytes);
  if (!record) return damaged("the record does not match its checksum");
  if (record->key != key || record->seq != seq) return damaged("another key's record");
  auto value = value_of(*record);
  if (!value) return damaged("the compressed value is damaged");
  return value;
}

}  // namespace kv
