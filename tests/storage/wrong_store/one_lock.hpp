// The first store for threads that comes to mind: one lock around everything.
//
// Good at    losing nothing: it is right, one operation after the other.
// Wrong at   the disk works for as long as the lock is held. Readers of keys that are in
//            memory wait for it, and every writer pays for a sync of its own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/storage/driven_engine.hpp"
#include "tests/storage/wrong_store/telling_mutex.hpp"

namespace kv::wrong {

class OneLock {
 public:
  static std::unique_ptr<OneLock> open(std::unique_ptr<Disk> disk) {
    auto engine = DrivenEngine::open(std::move(disk), 1, {.segment_bytes = 1 << 16});
    return engine ? std::make_unique<OneLock>(std::move(*engine)) : nullptr;
  }

  explicit OneLock(std::unique_ptr<DrivenEngine> engine) : engine_(std::move(engine)) {}

  Result<void> put(std::string_view key, std::string_view value) {
    const std::scoped_lock lock(mutex_);
    return engine_->put(key, value);  // writes, syncs, and holds the lock meanwhile
  }

  Result<std::optional<std::string>> get(std::string_view key) {
    const std::scoped_lock lock(mutex_);
    return engine_->get(key);
  }

  // For the claims: is called by each thread that has to wait for the lock.
  void on_wait(std::function<void()> tell) { mutex_.on_wait(std::move(tell)); }

 private:
  TellingMutex mutex_;
  std::unique_ptr<DrivenEngine> engine_;
};

}  // namespace kv::wrong
