// What other threads have for a loop that sleeps in the system's wait for sockets.
//
// Idea      the loop says that it is about to sleep, and then whoever posts first wakes it;
//           while it is awake nobody does, since it looks before it sleeps again. So a batch
//           costs one call of the system at most, however many post.
// Breaks if  the loop looks and then says that it sleeps, in two steps: what is posted between
//            them waits for the next packet of somebody else.
// Threads   any number post; one drains.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace kv {

template <class T>
class LoopInbox {
 public:
  // `wake` ends the loop's sleep; it is called from whatever thread posts.
  explicit LoopInbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  // False once it is closed: nobody will take it out.
  bool post(T item) {
    bool sleeps = false;
    {
      const std::scoped_lock lock(mutex_);
      if (is_closed_) return false;
      items_.push_back(std::move(item));
      sleeps = std::exchange(sleeps_, false);
    }
    if (sleeps) wake_();
    return true;
  }

  // Whether the loop may sleep. Where it may, the next post wakes it.
  [[nodiscard]] bool about_to_sleep() {
    const std::scoped_lock lock(mutex_);
    sleeps_ = items_.empty();
    return sleeps_;
  }

  // All of them, in their order, into `out`, which is empty; the loop is awake.
  void drain(std::vector<T>& out) {
    const std::scoped_lock lock(mutex_);
    sleeps_ = false;
    items_.swap(out);
  }

  // From here on nothing is taken in; what is in it goes.
  void close() {
    std::vector<T> left;  // goes without the lock: it may hold what posts
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    left.swap(items_);
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<T> items_;
  bool sleeps_ = false;
  bool is_closed_ = false;
};

}  // namespace kv
