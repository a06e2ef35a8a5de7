// The store that any number of threads may use: the engine, one lock, and a disk.
//
// Idea      the lock guards the engine, and is never held while the disk works. A thread
//           that wants its write to be durable finds one of two things: nobody is writing,
//           then it writes and syncs for all who wait (it leads); or somebody is, then it
//           waits for that to end, and by then its write may be durable already.
// Good at   readers: they take the lock for a lookup, never for a sync. And writers: the
//           more there are, the more share a sync.
// Breaks if  a write is acknowledged because it was written. Only a sync that began after
//            the write ended makes it survive; tests/storage/wrong_store/ has the version
//            that takes an older one for it, and what that loses.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/runtime/store_stats.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"

namespace kv {

// When a write is acknowledged, and so what a power cut may take back. A process that is
// killed takes less with it: what it had written is in the system's memory. But a write that
// comes while another thread is at the disk is acknowledged before it is written, unless
// always is asked for, and until it is (up to 8 MiB of them) a kill takes it as well.
enum class SyncPolicy {
  always,    // after it is durable: nothing
  interval,  // at once; made durable every so often: that much
  never,     // at once; the operating system decides: anything it had in memory
};

enum class EngineKind { log, memory };

struct StoreOptions {
  EngineKind engine = EngineKind::log;
  SyncPolicy sync = SyncPolicy::always;
  std::chrono::milliseconds sync_interval{100};
  std::size_t cache_bytes = std::size_t{256} << 20;       // hot values
  std::size_t index_bytes_max = std::size_t{4} << 30;     // keys
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  // 4 KiB to 1 GiB
  std::uint32_t partitions = 4096;  // of a new store; a power of two
  Compression compression{};
  double compact_above = 0.5;  // dead bytes / bytes of a segment; from 1 on: never
  std::chrono::seconds scrub_every{std::chrono::days(14)};
  // Open though damage took keys that nobody can name, and read what is left as if it were
  // all. For an operator who has decided so.
  bool accept_damage = false;
  std::uint64_t seed = 0;  // of names that must be unlike; 0: from the operating system
  // Milliseconds since 1970; empty: the system's clock. For expiry only.
  std::function<WallMs()> wall_clock{};
};

struct WriteOptions {
  std::optional<SyncPolicy> sync;                // instead of the store's own
  std::optional<std::chrono::milliseconds> ttl;  // then it is as if deleted
};

class Store {
 public:
  // Opens the store in a directory, or makes one. Errors: locked where another process has
  // it; corrupt where damage took keys that nobody can name, with the place; bad_input for
  // another version's files; bad_usage for an option out of range; io.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::string& directory,
                                                           StoreOptions options = {});

  // The same on any disk.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(std::unique_ptr<Disk> disk,
                                                           StoreOptions options = {});

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // As close(), but for what could go wrong.
  ~Store();

  // Gives the key a value. Acknowledged as the policy says; an error that is not `stopped`
  // means that nothing was changed. Errors: too_large, out_of_memory, disk_full, stopped.
  [[nodiscard]] Result<void> put(std::string_view key, std::string_view value,
                                 const WriteOptions& how = {});

  // Deletes the key, also one that is not there. Errors as of put.
  [[nodiscard]] Result<void> erase(std::string_view key, const WriteOptions& how = {});

  // The key's value, or nothing. Errors: corrupt, io (this value; others are fine),
  // stopped.
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key);

  // Keys from a cursor on, in the order of their hashes: each key that is there throughout
  // appears in one of the pages. `visited` bounds the work of a call, so a page may be
  // empty; no cursor means the end.
  struct Cursor {
    KeyHash hash;
    std::string key;
  };
  struct Page {
    std::vector<std::string> keys;
    std::optional<Cursor> next;
  };
  [[nodiscard]] Result<Page> scan(const Cursor& from, std::size_t visited);

  // Waits until all that was put so far is durable.
  [[nodiscard]] Result<void> sync();

  // Rewrites what has so many dead bytes, now and in this thread. Errors as of put; io.
  [[nodiscard]] Result<void> compact(double above);

  // Reads every sealed segment and holds it against its checksums; what is damaged.
  [[nodiscard]] Result<std::vector<Damage>> scrub();

  // What the start found: damage, and a torn tail.
  [[nodiscard]] const std::vector<Damage>& damage() const;
  [[nodiscard]] const std::optional<Damage>& torn_tail() const;

  [[nodiscard]] StoreStats stats() const;

  // Seals the log, so that the next start finds hints for all of it, and lets go of the
  // disk. Nothing may be called after it, or beside it.
  [[nodiscard]] Result<void> close();

 private:
  class Core;
  explicit Store(std::unique_ptr<Core> core);
  [[nodiscard]] Core& core() const;
  std::unique_ptr<Core> core_;
};

}  // namespace kv
