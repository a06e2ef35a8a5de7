// A value that one thread replaces while others read it, without a lock and without a wait.
//
// Idea       readers follow a pointer; a writer makes another value and swaps the pointer.
//            The question is when the old value may go, as somebody may still look at it.
//            So each reader says from time to time "I hold nothing from before now"; what
//            is older than the slowest reader's word is dropped.
//
//              values    [v3] <- [v4] <- [v5] <- pointer
//              readers    r1 rested at v4, r2 at v5: v3 can go, v4 cannot
//
// Why        reading costs one load, where a shared_ptr's counter is fought over by all
//            readers and a lock makes them wait for the writer. A thread that runs in turns
//            (take a message, work, answer) has a good moment to rest: between two turns.
// Breaks if  a reader keeps a reference across its rest; or never rests, and so keeps
//            every value since.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <utility>

namespace kv {

template <class T>
class Published {
  // Where a reader leaves its word: the number of the newest value when it last rested. A
  // cache line each, so that readers do not disturb each other.
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> rested{0};
  };

  struct Value {
    std::uint64_t number;
    T value;
  };

 public:
  explicit Published(T first) {
    values_.push_back(Value{.number = 1, .value = std::move(first)});
    newest_.store(&values_.back());
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  // No reader may be left.
  ~Published() = default;

  // One thread's way to the value; not to be shared, nor to outlive the Published.
  class Reader {
   public:
    explicit Reader(Published& published)
        : published_(published), slot_(published.enter()) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { published_.leave(slot_); }

    // The newest value. The reference is good until this reader rests.
    [[nodiscard]] const T& read() const {
      return published_.newest_.load(std::memory_order_acquire)->value;
    }

    // Says that no reference is used any longer. The release makes all that was read
    // happen before the writer that sees it drops the value.
    void rest() {
      const Value* const newest = published_.newest_.load(std::memory_order_acquire);
      slot_.rested.store(newest->number, std::memory_order_release);
    }

   private:
    Published& published_;
    Slot& slot_;
  };

  // Any thread may publish; each waits for the one before, and no reader for any.
  void publish(T next) {
    const std::scoped_lock lock(writers_);
    const std::uint64_t number = values_.back().number + 1;
    values_.push_back(Value{.number = number, .value = std::move(next)});
    newest_.store(&values_.back(), std::memory_order_release);
    drop_old();
  }

  // How many values are kept, the newest included.
  [[nodiscard]] std::size_t kept() const {
    const std::scoped_lock lock(writers_);
    return values_.size();
  }

 private:
  // While the lock is held the newest value stays the newest, so a reader that begins with
  // its number cannot meet an older one.
  Slot& enter() {
    const std::scoped_lock lock(writers_);
    Slot& slot = slots_.emplace_back();
    slot.rested.store(values_.back().number, std::memory_order_relaxed);
    return slot;
  }

  void leave(Slot& slot) {
    const std::scoped_lock lock(writers_);
    slots_.remove_if([&](const Slot& other) { return &other == &slot; });
    drop_old();
  }

  void drop_old() {
    std::uint64_t oldest_held = values_.back().number;
    for (const Slot& slot : slots_) {
      oldest_held = std::min(oldest_held, slot.rested.load(std::memory_order_acquire));
    }
    while (values_.front().number < oldest_held) values_.pop_front();
  }

  mutable std::mutex writers_;
  std::deque<Value> values_;  // oldest first; a deque never moves what it holds
  std::list<Slot> slots_;
  std::atomic<const Value*> newest_{nullptr};
};

}  // namespace kv
