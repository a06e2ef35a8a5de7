// Memory for long values on their way to this node's clients.
//
//   an owner says how long it is --> lend() --> it is asked for --> answered, and written
//                     no room: wait() ... next()                    the loan ends here
//
// Idea      a long value is asked for when there is room for it, and not before. A loan goes
//           where the value goes, and ends when the last who holds it lets go: so all clients
//           together have one bound, through whatever door they came.
// Breaks if  loans are of requests: how long a value is, only its owners know. Most are short,
//           and a bound for the worst would let in a handful of reads.
// Left out  short values, which come unasked: requests under way have a bound of their own.
// Threads   one at a time; but a loan may end on any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "v4_replicated_kv/replication/messages.hpp"

namespace kv {

// Empty for what is not long.
using ValueLoan = std::shared_ptr<const void>;

class ValueRoom {
 public:
  explicit ValueRoom(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // None where others wait, or so many bytes do not fit beside what others have. What is longer
  // than all there is has it while nobody else has any.
  [[nodiscard]] std::optional<ValueLoan> lend(std::size_t bytes);

  // Who was lent nothing may wait for its turn.
  void wait(OperationId id, std::size_t bytes) { waiting_.push_back({id, bytes}); }
  [[nodiscard]] bool has_next() const {
    return !waiting_.empty() && fits(waiting_.front().bytes);
  }
  struct Turn {
    OperationId id;  // it may not wait any more: then the loan ends with this
    ValueLoan loan;
  };
  [[nodiscard]] std::optional<Turn> next();

  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

 private:
  struct Waiting {
    OperationId id;
    std::size_t bytes;
  };
  struct Lent {
    std::weak_ptr<const void> loan;
    std::size_t bytes;
  };

  [[nodiscard]] bool fits(std::size_t bytes) const;
  [[nodiscard]] ValueLoan take(std::size_t bytes);

  std::size_t bytes_max_;
  std::deque<Waiting> waiting_;
  // Of loans that ended it hears when it looks.
  mutable std::vector<Lent> lent_;
  mutable std::size_t taken_ = 0;
};

}  // namespace kv
