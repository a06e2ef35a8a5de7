// The clients that wait for a node's answer.
//
// Idea      each has a slot to sleep in, and its ticket says which. Slots are used again, and
//           a ticket carries which use it is: an answer that comes after its client has left
//           wakes nobody else.
// Threads   any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "v4_replicated_kv/replication/request.hpp"

namespace kv {

class Calls {
 public:
  // A ticket for a request that goes to the node at this place.
  [[nodiscard]] Ticket open(std::size_t place);

  // Waits for the answer, until then at most, and gives the ticket back.
  [[nodiscard]] std::optional<Reply> wait(Ticket ticket,
                                          std::chrono::steady_clock::time_point until);

  // To whoever waits for it; nothing if nobody does any more.
  void answer(Reply reply);

  // What was asked of the node at this place may have happened or not.
  void place_is_gone(std::size_t place);

 private:
  struct Slot {
    std::mutex mutex;
    std::condition_variable wake;
    std::uint64_t use = 0;
    std::size_t place = 0;
    bool is_open = false;
    std::optional<Reply> reply;
  };

  static constexpr unsigned kSlotBits = 24;

  [[nodiscard]] Slot& slot_of(Ticket ticket);

  std::mutex mutex_;  // of the two below; never held while a slot's is taken
  std::deque<Slot> slots_;
  std::vector<std::size_t> free_;
};

}  // namespace kv
