// Requests of clients that came before the node knew who it is.
//
// Why       a node that returns has its answer from its peers within milliseconds. Whoever was
//           connected to it comes at once, and would be refused thousands of times meanwhile.
// Breaks if  they wait for as long as a request may take: where the peers do not answer, a client
//           is better off with another node, and has to be told soon.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

class EarlyRequests {
 public:
  struct Early {
    Request request;
    Tick came{};
  };

  void add(Request request, Tick now) { waiting_.push_back({std::move(request), now}); }

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  // When the first of them came.
  [[nodiscard]] std::optional<Tick> oldest() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().came);
  }

  // The one that came first. Only where there is one.
  Early take_oldest() {
    Early early = std::move(waiting_.front());
    waiting_.pop_front();
    return early;
  }

 private:
  std::deque<Early> waiting_;  // in the order in which they came
};

}  // namespace kv
