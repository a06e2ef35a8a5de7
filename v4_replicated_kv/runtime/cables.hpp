// What goes wrong between nodes on purpose: for lessons and tests.
//
// Why       whether a store bears a cut cable is seen by cutting one. Here it takes a call,
//           and mending it another.
// Threads   any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/check.hpp"

namespace kv {

// Of nodes by place: 0 to count - 1.
class Cables {
 public:
  explicit Cables(std::size_t count) : count_(count), cut_(count * count), late_(count) {}

  // Nothing gets from one to the other, in both directions; neither is told.
  void cut(std::size_t one, std::size_t other, bool is_cut) {
    cut_.at(at(one, other)).store(is_cut, std::memory_order_relaxed);
    cut_.at(at(other, one)).store(is_cut, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_cut(std::size_t from, std::size_t to) const {
    return cut_[at(from, to)].load(std::memory_order_relaxed);
  }

  // Whatever the node says to others arrives so much later; 0: at once.
  void slow_down(std::size_t node, std::chrono::microseconds by) {
    late_.at(node).store(by.count(), std::memory_order_relaxed);
  }
  [[nodiscard]] std::chrono::microseconds delay(std::size_t from) const {
    return std::chrono::microseconds(late_[from].load(std::memory_order_relaxed));
  }

 private:
  [[nodiscard]] std::size_t at(std::size_t from, std::size_t to) const {
    KV_CHECK(from < count_ && to < count_, "a node has a place");
    return from * count_ + to;
  }

  std::size_t count_;
  std::vector<std::atomic<bool>> cut_;
  std::vector<std::atomic<std::int64_t>> late_;
};

}  // namespace kv
