// What other threads have for one thread: they put it in, it takes all of it out.
//
// Idea      the only place where threads meet. The owner takes whatever has come in one
//           swap, and is woken only if it sleeps: however many post meanwhile, it costs them
//           a lock and no call of the system.
// Breaks if  two threads drain.
// Threads   any number post; one drains.
#pragma once

#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace kv {

template <class T>
class Inbox {
 public:
  using Clock = std::chrono::steady_clock;

  void post(T item) {
    bool sleeps = false;
    {
      const std::scoped_lock lock(mutex_);
      items_.push_back(std::move(item));
      sleeps = std::exchange(sleeps_, false);
    }
    if (sleeps) wake_.notify_one();
  }

  // All of them, in their order; `items` is empty then, and keeps its memory.
  void post_all(std::vector<T>& items) {
    if (items.empty()) return;
    bool sleeps = false;
    {
      const std::scoped_lock lock(mutex_);
      items_.insert(items_.end(), std::move_iterator(items.begin()),
                    std::move_iterator(items.end()));
      sleeps = std::exchange(sleeps_, false);
    }
    items.clear();
    if (sleeps) wake_.notify_one();
  }

  // Nothing is taken out any more: what is in it stays there.
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    wake_.notify_one();
  }

  [[nodiscard]] bool is_closed() {
    const std::scoped_lock lock(mutex_);
    return closed_;
  }

  // Puts all there is into `out`, which is empty. Waits for something until then, or for
  // ever; returns false once it is closed.
  bool drain(std::vector<T>& out, std::optional<Clock::time_point> until = {}) {
    std::unique_lock lock(mutex_);
    while (items_.empty() && !closed_) {
      sleeps_ = true;
      if (!until) {
        wake_.wait(lock);
      } else if (wake_.wait_until(lock, *until) == std::cv_status::timeout) {
        break;
      }
    }
    sleeps_ = false;
    if (closed_) return false;
    items_.swap(out);
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<T> items_;
  bool sleeps_ = false;
  bool closed_ = false;
};

}  // namespace kv
