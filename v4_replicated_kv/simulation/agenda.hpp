// What is going to happen: the soonest first, and of one tick what was planned first.
//
// Idea      time in a simulation is the order in which things are taken from here.
//           Nothing waits for a clock, so a minute takes as long as what happens in it.
// Breaks if  the order of two things of one tick depends on anything but the seed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

template <class Event>
class Agenda {
 public:
  void add(Tick at, Event event) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(events_.size());
      events_.push_back(std::move(event));
    } else {
      slot = free_.back();
      free_.pop_back();
      events_[slot] = std::move(event);
    }
    due_.push_back({.at = at, .order = planned_++, .slot = slot});
    std::ranges::push_heap(due_, is_later);
  }

  [[nodiscard]] bool empty() const { return due_.empty(); }
  [[nodiscard]] Tick next() const { return due_.front().at; }

  // Whether one that is planned is such.
  template <class Such>
  [[nodiscard]] bool any_of(Such is_such) const {
    return std::ranges::any_of(
        due_, [&](const Due& due) { return is_such(events_[due.slot]); });
  }

  Event take() {
    KV_CHECK(!due_.empty(), "nothing is planned");
    std::ranges::pop_heap(due_, is_later);
    const std::uint32_t slot = due_.back().slot;
    due_.pop_back();
    free_.push_back(slot);
    return std::move(events_[slot]);
  }

 private:
  struct Due {
    Tick at;
    std::uint64_t order = 0;
    std::uint32_t slot = 0;  // events are large, and stay where they are
  };
  static bool is_later(const Due& left, const Due& right) {
    return left.at != right.at ? left.at > right.at : left.order > right.order;
  }

  std::vector<Due> due_;  // a heap
  std::vector<Event> events_;
  std::vector<std::uint32_t> free_;
  std::uint64_t planned_ = 0;
};

}  // namespace kv
