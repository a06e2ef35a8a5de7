// A mutex that tells when somebody has to wait for it, so that a test need not guess.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace kv::wrong {

class TellingMutex {
 public:
  // To be set while nobody else uses the mutex.
  void on_wait(std::function<void()> tell) { tell_ = std::move(tell); }

  void lock() {
    if (mutex_.try_lock()) return;
    if (tell_) tell_();
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
  std::function<void()> tell_;
};

}  // namespace kv::wrong
