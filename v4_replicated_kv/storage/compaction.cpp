#include "v4_replicated_kv/storage/compaction.hpp"

#include <algorithm>
#include <utility>

#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/scan.hpp"

namespace kv {

namespace {

// The output while it has no name yet.
class Output {
 public:
  Output(Disk& disk, const SegmentHeader& header) : disk_(disk), header_(header) {}

  // Where the record will lie.
  Result<Position> add(KeyHash hash, const Record& record) {
    if (file_ == nullptr) {
      if (auto begun = begin(); !begun) return std::unexpected(begun.error());
    }
    if (group_.empty()) group_.assign(kGroupHeaderBytes, '\0');
    const Position at{.segment = header_.id,
                      .offset = offset_ + static_cast<std::uint32_t>(group_.size())};
    append_record(group_, record);
    hints_.add(hash, record, at.offset);
    ++records_;
    if (group_.size() >= kGroupBytesAim) {
      if (auto flushed = flush(GroupKind::records); !flushed) {
        return std::unexpected(flushed.error());
      }
    }
    return at;
  }

  Result<void> seal() {
    if (!group_.empty()) {
      if (auto flushed = flush(GroupKind::records); !flushed) return flushed;
    }
    if (auto synced = file_->sync(); !synced) return synced;
    durable_up_to_ = offset_;
    group_.assign(kGroupHeaderBytes, '\0');
    if (auto flushed = flush(GroupKind::footer); !flushed) return flushed;
    return file_->sync();
  }

  [[nodiscard]] std::string hints() const { return hints_.encode(header_); }
  [[nodiscard]] bool empty() const { return hints_.empty(); }

  [[nodiscard]] Segment segment() && {
    return {.header = header_,
            .file = std::move(file_),
            .bytes = offset_,
            .sealed = true,
            .has_hint = true};
  }

 private:
  // Not before there is something to keep: a disk that is full has room for nothing.
  Result<void> begin() {
    auto file = disk_.create(segment_name(header_.id) + ".tmp");
    if (!file) return std::unexpected(file.error());
    file_ = std::move(*file);
    return file_->write(0, encode_segment_header(header_));
  }

  Result<void> flush(GroupKind kind) {
    close_group(group_, {.nonce = header_.nonce,
                         .number = groups_++,
                         .durable_up_to = durable_up_to_,
                         .kind = kind,
                         .records = std::exchange(records_, 0)});
    if (auto written = file_->write(offset_, group_); !written) return written;
    offset_ += static_cast<std::uint32_t>(group_.size());
    group_.clear();
    return {};
  }

  Disk& disk_;
  SegmentHeader header_;
  std::unique_ptr<File> file_;
  HintBuilder hints_;
  std::string group_;
  std::uint32_t records_ = 0;
  std::uint64_t groups_ = 0;
  std::uint32_t offset_ = kSegmentHeaderBytes;
  std::uint64_t durable_up_to_ = 0;
};

// Takes records in, decides about a batch of them at a time, and passes on what is kept.
class Sieve {
 public:
  Sieve(const Decide& decide, Output& output, std::vector<Moved>& moved)
      : decide_(decide), output_(output), moved_(moved) {}

  Result<void> add(KeyHash hash, const Record& record, Position at) {
    met_.push_back({.hash = hash, .record = record, .at = at, .begin = bytes_.size()});
    bytes_ += record.key;
    bytes_ += record.value;
    return met_.size() < kBatch ? Result<void>{} : settle();
  }

  // Decides about what is left.
  Result<void> settle() {
    std::vector<Candidate> candidates;
    candidates.reserve(met_.size());
    for (Met& met : met_) {
      met.record.key = std::string_view(bytes_).substr(met.begin, met.record.key.size());
      met.record.value = std::string_view(bytes_).substr(
          met.begin + met.record.key.size(), met.record.value.size());
      candidates.push_back({.hash = met.hash, .key = met.record.key, .at = met.at});
    }
    decide_(candidates);
    for (std::size_t i = 0; i < met_.size(); ++i) {
      const Record& record = met_[i].record;
      std::optional<Position> to;
      if (candidates[i].fate == Fate::keep) {
        const auto at = output_.add(met_[i].hash, record);
        if (!at) return std::unexpected(at.error());
        to = *at;
      }
      moved_.push_back({.hash = met_[i].hash,
                        .key = std::string(record.key),
                        .seq = record.seq,
                        .from = met_[i].at,
                        .to = to});
    }
    met_.clear();
    bytes_.clear();
    return {};
  }

 private:
  static constexpr std::size_t kBatch = 512;

  // The scan's bytes are gone when it is settled: of its key and value, bytes_ has copies.
  struct Met {
    KeyHash hash;
    Record record;
    Position at;
    std::size_t begin = 0;  // in bytes_
  };

  const Decide& decide_;
  Output& output_;
  std::vector<Moved>& moved_;
  std::vector<Met> met_;
  std::string bytes_;
};

Result<void> sift(const Segment& input, const Hasher& hash, Sieve& sieve) {
  Result<void> failure;
  const auto visit = [&](const Record& record, std::uint32_t offset) {
    if (!failure || record.kind == RecordKind::drop_partition) return;
    failure = sieve.add(hash_key(hash, record.key), record,
                        {.segment = input.header.id, .offset = offset});
  };
  const auto report = scan_segment(*input.file, input.header, Ending::sealed, visit);
  if (!report) return std::unexpected(report.error());
  if (!report->damage.empty()) {
    return fail(Errc::corrupt, describe(report->damage.front()));
  }
  return failure ? sieve.settle() : failure;
}

// Data first, then hint, then both names: a name is never on half a file.
Result<void> publish(Disk& disk, Output& output, SegmentId id) {
  const std::string data = segment_name(id);
  const std::string hint = hint_name(id);
  if (auto sealed = output.seal(); !sealed) return sealed;
  if (auto made = write_new_file(disk, hint + ".tmp", output.hints()); !made) {
    return std::unexpected(made.error());
  }
  if (auto renamed = disk.rename(hint + ".tmp", hint); !renamed) return renamed;
  if (auto renamed = disk.rename(data + ".tmp", data); !renamed) return renamed;
  return disk.sync_names();
}

Result<Compacted> copy_all(Disk& disk, const CompactionPlan& plan, const Hasher& hash,
                           const Decide& decide) {
  Output output(disk, plan.output);
  Compacted compacted;
  Sieve sieve(decide, output, compacted.moved);
  for (const Segment& input : plan.inputs) {
    compacted.inputs.push_back(input.header.id);
    if (auto sifted = sift(input, hash, sieve); !sifted) {
      return std::unexpected(sifted.error());
    }
  }
  if (output.empty()) return compacted;
  if (auto published = publish(disk, output, plan.output.id); !published) {
    return std::unexpected(published.error());
  }
  compacted.output = std::move(output).segment();
  return compacted;
}

}  // namespace

Result<Compacted> compact(Disk& disk, const CompactionPlan& plan, const Hasher& hash,
                          const Decide& decide) {
  auto compacted = copy_all(disk, plan, hash, decide);
  if (!compacted) {
    // What may be left of it never got its name, and a hint without a segment is none.
    // Should they stay, the next start removes them.
    disregard(disk.remove(segment_name(plan.output.id) + ".tmp"));
    disregard(disk.remove(hint_name(plan.output.id)));
  }
  return compacted;
}

Result<void> remove_segments(Disk& disk, const std::vector<SegmentId>& ids) {
  for (const SegmentId id : ids) {
    for (const std::string& name : {segment_name(id), hint_name(id)}) {
      const auto removed = disk.remove(name);
      if (!removed && removed.error().code != Errc::not_found) return removed;
    }
  }
  return {};
}

}  // namespace kv
