// What the store is held against: engines that a user would otherwise pick, and the least
// that a durable write can be.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <leveldb/db.h>
#include <leveldb/options.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <unistd.h>

#include "common/base/check.hpp"
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

// A file of zeros, written from front to back.
class ZeroFilled {
 public:
  explicit ZeroFilled(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600)) {
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (int i = 0; i < 64; ++i) write(zeros);
    sync();
    end_ = 0;
  }
  ~ZeroFilled() { ::close(file_); }
  ZeroFilled(const ZeroFilled&) = delete;
  ZeroFilled& operator=(const ZeroFilled&) = delete;

  void write(std::string_view bytes) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), end_);
    KV_CHECK(written == static_cast<ssize_t>(bytes.size()), "a write succeeds");
    end_ = (end_ + written) % (off_t{63} << 20);
  }
  void sync() { KV_CHECK(::fdatasync(file_) == 0, "a sync succeeds"); }

 private:
  int file_;
  off_t end_ = 0;
};

// Append and sync, and nothing else: no index, no checksum, one thread.
class BareLoop {
 public:
  explicit BareLoop(const std::string& path) : file_(path) {}
  void put(std::string_view key, std::string_view value, bool) {
    std::string bytes(key);
    bytes += value;
    file_.write(bytes);
    file_.sync();
  }

 private:
  ZeroFilled file_;
};

// The same shared by threads: whoever comes first writes for all who wait.
class BareGroupCommit {
 public:
  explicit BareGroupCommit(const std::string& path) : file_(path) {}
  void put(std::string_view key, std::string_view value, bool) {
    std::unique_lock lock(mutex_);
    open_ += key;
    open_ += value;
    const std::uint64_t mine = next_;
    while (durable_ <= mine) {
      if (leading_) {
        turn_.wait(lock);
        continue;
      }
      leading_ = true;
      const std::string group = std::exchange(open_, {});
      const std::uint64_t upto = ++next_;
      lock.unlock();
      file_.write(group);
      file_.sync();
      lock.lock();
      durable_ = upto;
      leading_ = false;
      turn_.notify_all();
    }
  }

 private:
  ZeroFilled file_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::string open_;
  std::uint64_t next_ = 0;     // the group that is open
  std::uint64_t durable_ = 0;  // groups below it are durable
  bool leading_ = false;
};

}  // namespace kv::peers
