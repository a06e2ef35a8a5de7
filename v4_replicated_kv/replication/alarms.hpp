// When to look at which operation again, soonest first.
//
// Idea      most alarms are set for the same while from now, so they come in order: a queue
//           holds those, and nothing is sorted. The few that come before one that is there
//           already go to a heap beside it.
// Why       nearly every operation is done long before its alarm. With 100,000 puts a second a
//           heap of all has tens of thousands of dead entries to be sifted through for nothing.
// Threads   one at a time.
#pragma once

#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct Alarm {
  Tick at{};
  OperationId operation{};
  friend auto operator<=>(const Alarm&, const Alarm&) = default;
};

class Alarms {
 public:
  [[nodiscard]] bool empty() const { return in_order_.empty() && others_.empty(); }

  // The soonest; of two at the same time, the one with the smaller number. Only where there
  // is one.
  [[nodiscard]] const Alarm& first() const {
    return is_first_of_others() ? others_.top() : in_order_.front();
  }

  void add(const Alarm& alarm) {
    if (in_order_.empty() || in_order_.back() <= alarm) {
      in_order_.push_back(alarm);
    } else {
      others_.push(alarm);
    }
  }

  // Takes the soonest away. Only where there is one.
  Alarm take_first() {
    const Alarm alarm = first();
    if (is_first_of_others()) {
      others_.pop();
    } else {
      in_order_.pop_front();
    }
    return alarm;
  }

 private:
  [[nodiscard]] bool is_first_of_others() const {
    return in_order_.empty() || (!others_.empty() && others_.top() < in_order_.front());
  }

  std::deque<Alarm> in_order_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> others_;
};

}  // namespace kv
