// Who is told when a request has its answer.
//
// Idea      a ticket is a place and which use of it this is: an answer that comes after its
//           place was given to somebody else finds nobody.
// Threads   the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "v4_replicated_kv/runtime/client_port.hpp"

namespace kv {

class PendingReplies {
 public:
  [[nodiscard]] Ticket open(ClientPort::Done done);

  // Whoever waits with this ticket, once; nothing if nobody does.
  [[nodiscard]] std::optional<ClientPort::Done> take(Ticket ticket);

  // All tickets that are open.
  [[nodiscard]] std::vector<Ticket> tickets() const;
  [[nodiscard]] std::size_t size() const { return slots_.size() - free_.size(); }

 private:
  struct Slot {
    std::uint64_t use = 0;
    std::optional<ClientPort::Done> done;
  };

  [[nodiscard]] static Ticket ticket_of(std::size_t place, std::uint64_t use);

  std::vector<Slot> slots_;
  std::vector<std::size_t> free_;
};

}  // namespace kv
