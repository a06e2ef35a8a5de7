// What the store is held against: engines that a user would otherwise pick, the lesson's
// first try, and (bare_loops) the least that a durable write can be.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <leveldb/db.h>
#include <leveldb/options.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "common/base/check.hpp"
#include "tests/bench/bare_loops.hpp"
#include "tests/storage/driven_engine.hpp"
#include "tests/storage/wrong_store/one_lock.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/runtime/store.hpp"

namespace kv::peers {

// Large enough that nothing is flushed: what is compared is log and memory.
inline constexpr std::size_t kBufferBytes = std::size_t{1} << 30;

class OurStore {
 public:
  explicit OurStore(const std::string& directory) {
    StoreOptions options;
    options.cache_bytes = kBufferBytes;
    auto store = Store::open(directory, options);
    if (!store) {
      std::fputs((store.error().detail + "\n").c_str(), stderr);
      std::abort();
    }
    store_ = std::move(*store);
  }
  void put(std::string_view key, std::string_view value, bool sync) {
    const auto policy = sync ? SyncPolicy::always : SyncPolicy::never;
    KV_CHECK(store_->put(key, value, {.sync = policy, .ttl = {}}), "a put succeeds");
  }
  [[nodiscard]] std::size_t get(std::string_view key) {
    const auto value = store_->get(key);
    KV_CHECK(value && *value, "the key is there");
    return (*value)->size();
  }
  [[nodiscard]] const Store& store() const { return *store_; }

 private:
  std::unique_ptr<Store> store_;
};

// The first store for threads that comes to mind, over the same engine.
class OneLock {
 public:
  explicit OneLock(const std::string& directory) {
    auto disk = open_posix_disk(directory);
    KV_CHECK(disk, "the directory can be had");
    auto engine = DrivenEngine::open(
        *std::move(disk), 1,
        {.segment_bytes = StoreOptions{}.segment_bytes, .hot_bytes = kBufferBytes});
    KV_CHECK(engine, "the engine opens");
    store_ = std::make_unique<wrong::OneLock>(*std::move(engine));
  }
  void put(std::string_view key, std::string_view value, bool) {
    KV_CHECK(store_->put(key, value), "a put succeeds");
  }

 private:
  std::unique_ptr<wrong::OneLock> store_;
};

class LevelDb {
 public:
  explicit LevelDb(const std::string& directory) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = kBufferBytes;
    options.reuse_logs = true;  // a start replays the log into memory and leaves it there
    leveldb::DB* db = nullptr;
    const auto status = leveldb::DB::Open(options, directory, &db);
    KV_CHECK(status.ok(), "the peer opens");
    db_.reset(db);
  }
  void put(std::string_view key, std::string_view value, bool sync) {
    leveldb::WriteOptions how;
    how.sync = sync;
    const auto status =
        db_->Put(how, {key.data(), key.size()}, {value.data(), value.size()});
    KV_CHECK(status.ok(), "a put succeeds");
  }
  [[nodiscard]] std::size_t get(std::string_view key) {
    std::string value;
    KV_CHECK(db_->Get({}, {key.data(), key.size()}, &value).ok(), "the key is there");
    return value.size();
  }

 private:
  std::unique_ptr<leveldb::DB> db_;
};

class RocksDb {
 public:
  explicit RocksDb(const std::string& directory) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = kBufferBytes * 2;
    options.avoid_flush_during_recovery = true;
    options.avoid_flush_during_shutdown = true;
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options, directory, &db);
    KV_CHECK(status.ok(), "the peer opens");
    db_.reset(db);
  }
  void put(std::string_view key, std::string_view value, bool sync) {
    rocksdb::WriteOptions how;
    how.sync = sync;
    const auto status =
        db_->Put(how, {key.data(), key.size()}, {value.data(), value.size()});
    KV_CHECK(status.ok(), "a put succeeds");
  }
  [[nodiscard]] std::size_t get(std::string_view key) {
    std::string value;
    KV_CHECK(db_->Get({}, {key.data(), key.size()}, &value).ok(), "the key is there");
    return value.size();
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace kv::peers
