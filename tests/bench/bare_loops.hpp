// The least that a durable write can be.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/check.hpp"

namespace kv::peers {

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
