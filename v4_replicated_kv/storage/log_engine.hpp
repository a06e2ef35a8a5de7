// The store without its waiting: every decision, and no thread, clock or sync.
//
//   write ---> index, hot values          what a reader sees from now on
//     |
//     +------> log ---> take() ---> [driver: write, sync] ---> durable(seq)
//
// Idea      the engine asks, a driver acts. The driver may be a thread that waits for a
//           disk, or a simulator that decides that the power fails now: the engine is the
//           same code, so what was proved with the one holds for the other.
// Breaks if  a driver acknowledges a write before durable() was called for it; reorders
//            groups; or writes on after failed().
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/compaction.hpp"
#include "v4_replicated_kv/storage/engine.hpp"
#include "v4_replicated_kv/storage/index.hpp"
#include "v4_replicated_kv/storage/log.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

namespace kv {

struct EngineLimits {
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  // 4 KiB to 1 GiB
  std::size_t index_bytes_max = std::size_t{4} << 30;  // of memory, hot values not in it
  // Where there are other copies a delete is remembered though nothing older is left
  // here: another node may still have what it deleted.
  bool keep_tombstones = false;
};

class LogEngine final : public Engine {
 public:
  LogEngine(const EngineLimits& limits, Recovered recovered);

  // Errc::disk_full where needs_spare(), and there is none. What it returns is to wait
  // for: the change survives once durable() was called for that or a later one.
  [[nodiscard]] Result<std::uint64_t> write(const KeyChange& change) override;
  [[nodiscard]] Result<std::uint64_t> drop(PartitionId partition) override;
  [[nodiscard]] Result<std::optional<Found>> look_at(KeyHash hash,
                                                     const IndexEntry* entry) override;

  // Whether a change of so many bytes in all has to wait for spare().
  [[nodiscard]] bool needs_spare(std::size_t key_bytes, std::size_t stored_bytes) const;

  // How long it has to be: a record that is longer than a segment gets one of its own.
  [[nodiscard]] std::uint64_t bytes_of_spare(std::size_t key_bytes,
                                             std::size_t stored_bytes) const;

  // Whether none is ready: the driver had better make one before it is needed.
  [[nodiscard]] bool wants_spare() const { return !spare_; }

  // A file for the next segment is ready, and this will be its nonce.
  struct Spare {
    std::uint64_t nonce = 0;
    std::uint64_t bytes = 0;
    std::shared_ptr<File> file{};  // open: to begin a segment must not need a descriptor
  };
  void spare(Spare spare) { spare_ = std::move(spare); }
  [[nodiscard]] const std::optional<Spare>& spare() const { return spare_; }

  // Keeps in memory what read_cold() returned, unless the key has changed meanwhile.
  void warm(KeyHash hash, std::string_view key, std::uint64_t seq,
            std::string_view value);

  // The next group for the disk, or nullptr; then, in this order: the file that it began,
  // that it is in its file, that all up to `seq` is durable.
  [[nodiscard]] std::shared_ptr<const GroupWrite> take() { return log_.take(); }
  void began(const SegmentHeader& header, std::shared_ptr<File> file);
  void written(const GroupWrite& group);
  void durable(std::uint64_t seq) { log_.durable(seq); }

  // A write or a sync failed: nothing is known of what is on the disk. Refuses all from
  // here on; a restart finds out.
  void failed(Error cause);
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  // No segment is begun any more, and the one at the end is sealed.
  void seal() { log_.close(); }

  // Damage that may have taken any key: reads of what was not written since are refused,
  // until each partition is known to be whole again.
  void mute();
  void unmute(PartitionId partition) { muted_.erase(partition); }
  [[nodiscard]] bool is_muted(PartitionId partition) const {
    return muted_.contains(partition);
  }

  // Compaction, in three steps: what it may read, what it found, what to remove then. The
  // first chooses, of the sealed segments with so large a share of dead bytes (0 to 1),
  // those with the least to copy, at most `inputs_max` and one segment full; nothing
  // where there are none.
  [[nodiscard]] std::optional<CompactionPlan> plan_compaction(double dead_ratio,
                                                              std::size_t inputs_max,
                                                              std::uint64_t nonce);
  void decide(std::span<Candidate> candidates) const;
  void install(const Compacted& compacted);
  // The same in slices, for who must not keep readers waiting: first the output, then any
  // parts of what moved, then away with the inputs.
  void adopt(const Segment& output) { segments_[output.header.id] = output; }
  void moved(std::span<const Moved> slice);
  void retire(const std::vector<SegmentId>& inputs);

  // The sealed segments that have no hint yet, but for those of which such a part is dead,
  // as a compaction is about to take them (1: none does); and that one got it.
  [[nodiscard]] std::vector<Segment> without_hint(double compact_above = 1) const;
  void hinted(SegmentId id);

  // A scrub found damage in a sealed segment.
  void damaged(SegmentId id);

  // What to make durable as the manifest now.
  [[nodiscard]] Manifest manifest() const;
  // This disk life's name, how far its versions may be numbered, and whether it has all
  // that it acknowledged; counts once the manifest is durable.
  void reserve_dots(ActorId actor, std::uint64_t up_to, bool is_whole) {
    manifest_.actor = actor;
    manifest_.dots_reserved = up_to;
    manifest_.is_whole = is_whole;
  }

  [[nodiscard]] const Index& index() const override { return index_; }
  struct Reads {
    std::uint64_t hot = 0;   // answered from memory
    std::uint64_t cold = 0;  // had to be read from a file
  };
  [[nodiscard]] const Reads& reads() const { return reads_; }
  [[nodiscard]] const Segments& segments() const { return segments_; }
  [[nodiscard]] const Log& log() const { return log_; }

 private:
  [[nodiscard]] Result<void> make_room(std::size_t record_bytes);
  [[nodiscard]] SegmentHeader new_segment(SegmentOrigin origin, std::uint64_t nonce);
  [[nodiscard]] bool may_go(const IndexEntry* entry, Position at) const;
  [[nodiscard]] bool may_be_lost(KeyHash hash, const IndexEntry* entry) const;

  EngineLimits limits_;
  Manifest manifest_;
  Index index_;
  Segments segments_;
  std::set<SegmentId> unbegun_;  // given out, and not yet a file
  Log log_;
  std::optional<Spare> spare_;
  std::optional<Error> failure_;
  Reads reads_;
  std::map<PartitionId, std::uint64_t> muted_;  // reads of older records are refused
};

// Reads a cold value's record, and holds it against its checksum, the key and the
// sequence number that the index expects. Errc::corrupt names the place. Any thread may
// call.
[[nodiscard]] Result<std::string> read_cold(const ColdValue& cold, std::string_view key,
                                            std::uint64_t seq);

}  // namespace kv
