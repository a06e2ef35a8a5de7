// What a store's own threads do, and what callers may ask of them at once: compaction, scrub,
// expiry, and syncs that are due.
#include <chrono>
#include <string>
#include <vector>

#include "v4_replicated_kv/runtime/store_core.hpp"

namespace kv {

namespace {

constexpr std::chrono::milliseconds kTick{200};

// So many partitions are looked through for expired keys in a tick: all of 4,096 in a
// minute or so, and the lock is held for well under a millisecond each.
constexpr std::uint32_t kPartitionsATick = 16;

}  // namespace

Result<void> Store::Core::compact(double above) {
  if (log_ == nullptr) return {};
  std::size_t rounds = 0;
  {
    const Lock lock(mutex_);
    rounds = log_->engine.segments().size();
  }
  for (; rounds > 0; --rounds) {
    const auto more = log_->housekeeping.compact_once(above);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  return {};
}

Result<std::vector<Damage>> Store::Core::scrub() {
  if (log_ == nullptr) return std::vector<Damage>{};
  return log_->housekeeping.scrub();
}

// Unless it was put again meanwhile.
Result<void> Store::Core::erase_if_over(std::string_view key) {
  const KeyChange change = deletion(key);
  Lock lock(mutex_);
  if (auto room = room_for(lock, change); !room) return room;
  const IndexEntry* const entry = engine_.index().find(change.hash, key);
  if (entry == nullptr || entry->kind != RecordKind::value ||
      !is_over(known_of(*entry))) {
    return {};
  }
  return commit(lock, change, SyncPolicy::never);  // it is over whatever the disk says
}

// A few partitions a tick: what is over becomes a tombstone, and compaction does the rest.
Result<void> Store::Core::expire_some() {
  std::vector<std::string> over;
  {
    const Lock lock(mutex_);
    const Index& index = engine_.index();
    for (std::uint32_t i = 0; i < kPartitionsATick; ++i) {
      const PartitionId partition{next_to_expire_++ % index.partitions()};
      index.partition(partition).walk(
          KeyHash{0}, {}, [&](KeyHash, const IndexEntry& entry) {
            const Known known = known_of(entry);
            if (known.kind == RecordKind::value && is_over(known)) {
              over.emplace_back(entry.key());
            }
            return true;
          });
    }
  }
  for (const std::string& key : over) {
    if (auto erased = erase_if_over(key); !erased) return erased;
  }
  return {};
}

// What goes wrong here is in the engine's failure, or is a full disk, which passes: there is
// nobody to tell, and the next tick tries again.
void Store::Core::keep_house(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (log_ != nullptr) {
      log_->housekeeping.round(options_.compact_above, options_.scrub_every);
    }
    disregard(expire_some());
    Lock lock(mutex_);
    wake_.wait_for(lock, stop, kTick, [&] {
      return log_ != nullptr && log_->engine.wants_spare() &&
             !log_->housekeeping.disk_full() && !log_->engine.failure();
    });
  }
}

void Store::Core::sync_every(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      Lock lock(mutex_);
      wake_.wait_for(lock, stop, options_.sync_interval, [] { return false; });
    }
    disregard(sync());  // a failure is the engine's, and every caller gets to know it
  }
}

}  // namespace kv
