// What clients saw: the evidence that the checkers judge.
//
// Idea      record when a client asks and when it is answered, nothing else. An answer
//           that never comes is evidence as well: its write may have happened.
// Breaks if times are those of the store's machines: "before" would depend on clocks that
//           the store may have got wrong. One clock for all clients, here the
//           simulator's.
// Breaks if a client goes on within the tick in which it was answered: its own order
// would
//           count as chance, and a lost write as bad luck. That stops the program.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "v4_replicated_kv/simulation/client_operation.hpp"

namespace kv {

// Not thread-safe.
class ClientHistory {
 public:
  // A client asks. Times of successive calls never go back. Of `asked`, what an answer
  // says is left at its defaults. Returns the number to finish it by: 0, 1, 2, ...
  std::size_t invoke(ClientOperation asked);

  // It is answered; once at most. `seen` only for a get that is ok.
  void finish(std::size_t number, Tick at, Outcome outcome,
              std::vector<WriteId> seen = {});

  // Both at once, for histories that are over. Operations come in the order of `invoked`.
  void add(const ClientOperation& operation);

  // In the order in which they began.
  [[nodiscard]] std::span<const ClientOperation> operations() const {
    return operations_;
  }

 private:
  std::vector<ClientOperation> operations_;
  std::map<ClientId, Tick> answered_;  // last
};

// The same history as if everybody had asked for `level`: shows how often a weaker level
// breaks what it does not promise.
[[nodiscard]] ClientHistory as_if_asked(const ClientHistory& history, Level level);

}  // namespace kv
