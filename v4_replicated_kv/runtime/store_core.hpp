// The inside of a Store: what the threads share, and the threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "v4_replicated_kv/runtime/group_commit.hpp"
#include "v4_replicated_kv/runtime/housekeeping.hpp"
#include "v4_replicated_kv/runtime/store.hpp"
#include "v4_replicated_kv/storage/memory_engine.hpp"

namespace kv {

// What only a store on a disk has.
struct LogParts {
  LogParts(std::mutex& mutex, std::unique_ptr<Disk> own_disk, const StoreOptions& options,
           Recovered recovered, std::uint64_t seed)
      : disk(std::move(own_disk)),
        hash(store_hasher(recovered.manifest)),
        engine({.segment_bytes = options.segment_bytes,
                .index_bytes_max = options.index_bytes_max},
               std::move(recovered)),
        commit(engine, *disk),
        housekeeping(mutex, engine, *disk, hash, options.segment_bytes, seed) {}

  std::unique_ptr<Disk> disk;
  Hasher hash;
  LogEngine engine;
  GroupCommit commit;
  Housekeeping housekeeping;
};

class Store::Core {
 public:
  // On a disk, or in memory without one.
  Core(StoreOptions options, std::unique_ptr<Disk> disk, Recovered recovered,
       std::uint64_t seed);
  Core(StoreOptions options, std::uint64_t seed);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  [[nodiscard]] Result<void> put(std::string_view key, std::string_view value,
                                 const WriteOptions& how);
  [[nodiscard]] Result<void> erase(std::string_view key, const WriteOptions& how);
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key);
  [[nodiscard]] Result<Page> scan(const Cursor& from, std::size_t visited);
  [[nodiscard]] Result<void> sync();
  [[nodiscard]] Result<void> compact(double above);
  [[nodiscard]] Result<std::vector<Damage>> scrub();
  [[nodiscard]] StoreStats stats() const;
  [[nodiscard]] Result<void> close();

  std::vector<Damage> damage;
  std::optional<Damage> torn_tail;

 private:
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] Result<void> write(const KeyChange& change, SyncPolicy policy);
  [[nodiscard]] Result<void> commit(Lock& lock, KeyChange change, SyncPolicy policy);
  [[nodiscard]] Result<void> erase_if_over(std::string_view key);
  [[nodiscard]] KeyChange deletion(std::string_view key) const;
  [[nodiscard]] Result<void> room_for(Lock& lock, const KeyChange& change);
  [[nodiscard]] Timestamp next_version(const KeyChange& change) const;
  [[nodiscard]] bool is_over(const Known& known) const;
  [[nodiscard]] Result<void> expire_some();
  void start_threads();
  void keep_house(const std::stop_token& stop);
  void sync_every(const std::stop_token& stop);

  StoreOptions options_;
  mutable std::mutex mutex_;       // guards what follows, as far as its own words say so
  std::unique_ptr<LogParts> log_;  // nullptr: in memory
  std::unique_ptr<MemoryEngine> memory_;
  Engine& engine_;
  Hasher hash_;
  ActorId actor_;
  std::uint64_t value_bytes_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::uint32_t next_to_expire_ = 0;  // a partition
  bool closed_ = false;

  std::condition_variable_any wake_;
  std::jthread keeper_;
  std::jthread syncer_;
};

}  // namespace kv
