// What a store does in the background, so that nobody has to wait for it.
//
//   spare     the next segment's file, before it is needed
//   hints     of sealed segments, for a fast start
//   expiry    keys whose time is over become deleted keys, a few partitions at a time
//   compact   segments that are mostly dead
//   scrub     all sealed segments, every so often
//
// Why       each of these reads or writes much, and none is urgent but the first. They run
//           in one thread, one after the other: two cores have better things to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"

namespace kv {

class Housekeeping {
 public:
  using Lock = std::unique_lock<std::mutex>;

  // `mutex` guards the engine.
  Housekeeping(std::mutex& mutex, LogEngine& engine, Disk& disk, const Hasher& hash,
               std::uint64_t segment_bytes, std::uint64_t seed)
      : mutex_(mutex),
        engine_(engine),
        disk_(disk),
        hash_(hash),
        segment_bytes_(segment_bytes),
        rng_(seed) {}

  // With the lock held: returns once a spare of so many bytes is there, or the reserve, for
  // a delete. disk_full where neither can be had, out_of_memory where no file can be opened;
  // what has come back is noticed by the next call.
  [[nodiscard]] Result<void> have_spare(Lock& lock, std::uint64_t bytes, bool is_delete);

  // Without the lock, from any thread; they wait for each other. An error of the disk that
  // is neither disk_full nor out_of_memory stops the engine.
  [[nodiscard]] Result<void> make_spare_if_wanted();
  [[nodiscard]] Result<void> make_hints(double compact_above = 1);  // see without_hint()
  [[nodiscard]] Result<bool> compact_once(double above);  // whether there was something
  [[nodiscard]] Result<std::vector<Damage>> scrub();

  // Makes the reserve, where there is none and room for one, or takes that of the life
  // before.
  [[nodiscard]] Result<void> make_reserve_if_wanted();

  // One round of it all, the most urgent first; always from the same thread. What goes wrong
  // is in the engine's failure, or is a full disk, which passes: the next round tries again.
  void round(double compact_above, std::chrono::seconds scrub_every);

  // Makes durable who this disk life is, and how far its versions may be numbered. Waits
  // for compaction only while that takes its result into use.
  [[nodiscard]] Result<void> reserve_dots(ActorId actor, std::uint64_t up_to,
                                          bool is_whole);

  // With the lock held: whether the disk is so full that only deletes are taken.
  [[nodiscard]] bool only_deletes() const { return only_deletes_; }
  [[nodiscard]] bool disk_full() const { return full_; }

  // With the lock held: what was found damaged, for whoever tells people. Here, by a start
  // or by a read.
  void saw_damage(std::string what) {
    ++damages_;
    last_damage_ = std::move(what);
  }
  [[nodiscard]] std::uint64_t damages() const { return damages_; }
  [[nodiscard]] const std::string& last_damage() const { return last_damage_; }

 private:
  [[nodiscard]] Result<void> make_spare_of(std::uint64_t bytes);
  [[nodiscard]] Result<void> make_reserve();
  [[nodiscard]] Result<std::shared_ptr<File>> old_reserve();
  template <class Work>
  void hold_politely(Work work);
  [[nodiscard]] Result<Compacted> copy_live(const CompactionPlan& plan);
  [[nodiscard]] Result<std::unique_ptr<File>> make_room_to_install(
      const Compacted& compacted);
  [[nodiscard]] Result<void> install(const Compacted& compacted, File& room);
  [[nodiscard]] Result<void> finish(const Compacted& compacted);
  [[nodiscard]] Result<std::vector<Damage>> check(const Segment& segment);
  void give_up_reserve();
  // A full disk, too many open files and damage are states that one can go on in. What else a
  // disk refuses leaves nobody knowing what it holds, and stops the engine.
  template <class T>
  Result<T> settle(Result<T> result) {
    if (result || is_survivable(result.error().code)) return result;
    const Lock lock(mutex_);
    engine_.failed(result.error());
    return result;
  }
  [[nodiscard]] static bool is_survivable(Errc code) {
    return code == Errc::disk_full || code == Errc::out_of_memory ||
           code == Errc::corrupt;
  }

  std::mutex& mutex_;
  LogEngine& engine_;
  Disk& disk_;
  Hasher hash_;
  std::uint64_t segment_bytes_;
  std::mutex spare_work_;          // each is taken before mutex_: one spare at a time,
  std::mutex work_;                // and one piece of everything else,
  std::mutex manifest_work_;       // and, after that one, one manifest
  Rng rng_;                        // guarded by mutex_, like the rest
  bool full_ = false;              // the last spare could not be made
  std::shared_ptr<File> reserve_;  // open: it is for when nothing can be had
  bool only_deletes_ = false;      // the segment at the end was the reserve
  std::uint64_t damages_ = 0;
  std::string last_damage_;
  int rounds_to_skip_ = 0;  // of compaction, after one that found no room
  std::optional<std::chrono::steady_clock::time_point> next_scrub_;
};

}  // namespace kv
