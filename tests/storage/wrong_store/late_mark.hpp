// The second try: the lock is let go of during a sync, and whoever wrote meanwhile goes
// with those who waited. One line is in the wrong place.
//
// Good at    readers, and many writers for each sync.
// Wrong at   durability: a sync makes durable what was written when it *began*. What is
//            written while it runs is acknowledged with it, and is in memory only.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "v4_replicated_kv/storage/log_engine.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

namespace kv::wrong {

// For a few small keys: one segment, all values in memory.
class LateMark {
 public:
  static std::unique_ptr<LateMark> open(std::unique_ptr<Disk> disk) {
    constexpr std::uint64_t kSegmentBytes = 1 << 16;
    Rng rng(1);
    auto recovered = recover(*disk, {.partitions = 8}, kSegmentBytes, rng);
    LogEngine::Spare spare{.nonce = rng.next(), .bytes = kSegmentBytes};
    auto file = make_spare(*disk, spare_name(spare.nonce), spare.bytes);
    if (!recovered || !file) {
      return nullptr;
    }
    spare.file = std::move(*file);
    return std::make_unique<LateMark>(std::move(disk), std::move(*recovered),
                                      std::move(spare));
  }

  LateMark(std::unique_ptr<Disk> disk, Recovered recovered, LogEngine::Spare spare)
      : disk_(std::move(disk)),
        hash_(store_hasher(recovered.manifest)),
        engine_({.segment_bytes = spare.bytes}, std::move(recovered)),
        writer_(*disk_) {
    engine_.spare(std::move(spare));
  }

  Result<void> put(std::string_view key, std::string_view value) {
    std::unique_lock lock(mutex_);
    const auto seq = engine_.write(
        {.hash = hash_key(hash_, key), .key = key, .value = value, .stored = value});
    if (!seq) return std::unexpected(seq.error());
    if (auto written = write_to_the_file(); !written) return written;
    while (engine_.log().durable_seq() < *seq) {
      if (syncing_) {
        sync_ended_.wait(lock);
      } else if (auto synced = sync_for_all(lock); !synced) {
        return synced;
      }
    }
    return {};
  }

  Result<std::optional<std::string>> get(std::string_view key) {
    const std::scoped_lock lock(mutex_);
    auto found = engine_.find(hash_key(hash_, key), key);
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    return std::get<std::string>((*found)->value);
  }

 private:
  Result<void> write_to_the_file() {
    while (const auto group = engine_.take()) {
      if (auto written = writer_.write(*group); !written) return written;
      if (group->begins) engine_.began(group->segment, writer_.file());
      engine_.written(*group);
    }
    return {};
  }

  Result<void> sync_for_all(std::unique_lock<std::mutex>& lock) {
    const std::shared_ptr<File> file = writer_.file();
    syncing_ = true;
    lock.unlock();
    auto synced = file->sync();
    lock.lock();
    syncing_ = false;
    // Too late. It is to be read before the sync begins.
    const std::uint64_t written = engine_.log().written_seq();
    if (synced) engine_.durable(written);
    sync_ended_.notify_all();
    return synced;
  }

  std::unique_ptr<Disk> disk_;
  Hasher hash_;
  LogEngine engine_;
  LogWriter writer_;
  std::mutex mutex_;
  std::condition_variable sync_ended_;
  bool syncing_ = false;
};

}  // namespace kv::wrong
