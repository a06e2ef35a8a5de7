#include "v4_replicated_kv/storage/log.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"

namespace kv {

bool Log::fits(std::size_t record_bytes) const {
  if (!segment_) return false;
  if (groups_ == 0 && open_records_ == 0) return true;  // however long the first one is
  const std::size_t payload =
      (open_.empty() ? 0 : open_.size() - kGroupHeaderBytes) + record_bytes;
  return offset_ + group_bytes(payload) + group_bytes(0) <= segment_bytes_;
}

void Log::close() {
  if (!segment_) return;
  if (open_records_ > 0) close_open_group(GroupKind::records);
  open_.assign(kGroupHeaderBytes, '\0');
  close_open_group(GroupKind::footer);
  segment_.reset();
}

void Log::roll(const SegmentHeader& next, std::shared_ptr<File> spare) {
  KV_CHECK(spare != nullptr, "a segment begins in a file that is there");
  close();
  segment_ = next;
  spare_ = std::move(spare);
  groups_ = 0;
  offset_ = kSegmentHeaderBytes;
  durable_up_to_ = 0;
}

Position Log::append(Record& record) {
  KV_CHECK(fits(bytes_of(record)), "a segment is rolled before it is full");
  if (open_.empty()) open_.assign(kGroupHeaderBytes, '\0');
  record.seq = next_seq_++;
  const Position at{
      .segment = segment_->id,
      .offset = offset_ + static_cast<std::uint32_t>(open_.size()),
  };
  append_record(open_, record);
  ++open_records_;
  if (open_.size() >= kGroupBytesAim) close_open_group(GroupKind::records);
  return at;
}

void Log::close_open_group(GroupKind kind) {
  close_group(open_, {.nonce = segment_->nonce,
                      .number = groups_,
                      .durable_up_to = durable_up_to_,
                      .kind = kind,
                      .records = open_records_});
  auto write = std::make_shared<GroupWrite>();
  write->segment = *segment_;
  write->begins = std::exchange(spare_, nullptr);
  write->seals = kind == GroupKind::footer;
  write->offset = offset_;
  write->bytes = std::exchange(open_, {});
  write->last_seq = next_seq_ - 1;
  offset_ += static_cast<std::uint32_t>(write->bytes.size());
  queued_bytes_ += write->bytes.size();
  ++groups_;
  open_records_ = 0;
  queue_.push_back(std::move(write));
}

std::shared_ptr<const GroupWrite> Log::take() {
  if (taken_ == queue_.size()) {
    if (open_records_ == 0) return nullptr;
    close_open_group(GroupKind::records);
  }
  queued_bytes_ -= queue_[taken_]->bytes.size();
  return queue_[taken_++];
}

void Log::written() {
  KV_CHECK(taken_ > 0, "only what was taken can have been written");
  written_seq_ = queue_.front()->last_seq;
  queue_.pop_front();
  --taken_;
}

void Log::durable(std::uint64_t seq) {
  durable_seq_ = std::max(durable_seq_, seq);
  // All of this segment that is in its file: up to the first group that is not.
  if (!segment_ || written_seq_ > durable_seq_) return;
  const bool other = !queue_.empty() && queue_.front()->segment.id != segment_->id;
  if (!other) durable_up_to_ = queue_.empty() ? offset_ : queue_.front()->offset;
}

std::optional<std::string_view> Log::pending(Position at, std::size_t bytes) const {
  const auto within = [&](SegmentId segment, std::uint32_t begin,
                          const std::string& group) -> std::optional<std::string_view> {
    const bool inside = segment == at.segment && at.offset >= begin &&
                        at.offset - begin + bytes <= group.size();
    if (!inside) return std::nullopt;
    return std::string_view(group).substr(at.offset - begin, bytes);
  };
  for (const auto& group : queue_) {
    if (auto found = within(group->segment.id, group->offset, group->bytes)) return found;
  }
  if (!segment_) return std::nullopt;
  return within(segment_->id, offset_, open_);
}

}  // namespace kv
