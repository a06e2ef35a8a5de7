// One thing that a client asked for, and what it was told.
//
// Idea      the checkers look at a store as its clients do: who asked what, from when to
//           when, and what came back. How the store works inside is not their business,
//           so they judge every way of working alike.
// Why ids   every put and every delete has a number of its own. A read that names what it
//           saw names the write that made it, and whether one order explains a history
//           can be decided by sorting instead of by trying all orders. Deletes have one
//           too, because "nothing" is not unique: a store that can tell which tombstone a
//           read met says so, and is held to it.
// Breaks if an answer that may have had an effect is called refused. Refused: rejected
//           before any replica saw it. All other failures are unknown: such a write may
//           take effect at any later time, or never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// Two operations of which one ends in the tick in which the other begins count as
// concurrent.
using ClientId = Strong<struct ClientIdTag, std::uint32_t>;
using KeyNumber = Strong<struct KeyNumberTag, std::uint32_t>;

// The number of a put or delete, unique within a history.
using WriteId = Strong<struct WriteIdTag>;

// What a key has seen before its first write: an id that no write has.
inline constexpr WriteId kNeverWritten{0};

// After all ticks.
inline constexpr Tick kEndOfTime{std::uint64_t{1} << 62};

enum class OperationKind : std::uint8_t { put, get, remove };

struct ClientOperation {
  ClientId client{};
  std::string who{};    // its name, and
  std::string value{};  // put: the value, both as a trace says them
  KeyNumber key{};
  OperationKind kind = OperationKind::get;
  Level level = Level::quorum;
  // Put and remove: how many owners it heard before it chose its place in the order; more
  // than its level where the coordinator reads first.
  std::optional<Level> heard{};
  WriteId written{};               // put and remove: the write's own id
  std::vector<WriteId> covered{};  // siblings: the writes that its context covers
  // Siblings: of a write that came without a context, and whose answer does not say what
  // it found when it read. It may have replaced whatever began by then, besides
  // `covered`.
  std::optional<Tick> read_by{};
  Tick invoked{};
  std::optional<Tick> returned{};  // none: the client never heard
  Outcome outcome = Outcome::unknown;
  // Of a write: it was asked for more than once, and each time may have made a version.
  // What was acknowledged is there; but another version of it may come late, and win.
  bool may_return = false;

  // Get: the ids of what was there. One value of a register, any number of siblings.
  // Of a register that held nothing: the delete whose tombstone was met; kNeverWritten
  // where it is known that there never was a write; empty where nobody can say which it
  // was, as the tombstone may be gone.
  std::vector<WriteId> seen{};

  [[nodiscard]] bool is_write() const { return kind != OperationKind::get; }
  [[nodiscard]] Level heard_at() const { return heard.value_or(level); }

  // Of a write: the time after which it takes effect no more.
  [[nodiscard]] Tick effective_until() const {
    return outcome == Outcome::ok && !may_return ? *returned : kEndOfTime;
  }
};

// Whether an owner that answered at one level is sure to be among those that answer at
// the other: whether R + W > N. What one of the two did, the other then cannot miss.
[[nodiscard]] constexpr bool meet(Level a, Level b) {
  return a == Level::all || b == Level::all || (a != Level::one && b != Level::one);
}

// In the words of a trace, with milliseconds: "put of ann at t=10..20".
[[nodiscard]] std::string describe(const ClientOperation& operation);

// "apples (put of ann at t=10..20)", "the delete of ann at t=30..31"; "nothing" for no
// write.
[[nodiscard]] std::string describe_write(const ClientOperation* write);

// In what way a promise was broken: what two sentences have in common that name other
// operations, values and times.
enum class Wrong : std::uint8_t {
  from_nowhere,  // a value that nobody put there
  was_refused,   // or not yet begun
  not_begun,
  out_of_date,  // a newer one was acknowledged before
  unexplained,  // nothing, and no delete is the reason
  too_many,     // values of a register
  is_no_value,  // but a delete
  twice,        // one sibling
  missing,      // a sibling that nobody replaced
  back,         // a sibling that was replaced
  in_no_order,  // no order explains what was seen
  copies_differ,
  not_whole,      // a node, long after
  not_answered,   // a client
  not_successful  // a request
};

// Of a sight that cannot be: in words that go on from "saw", and the write it is about;
// null if it is about none.
struct Finding {
  Wrong wrong{};
  std::string words;
  const ClientOperation* about = nullptr;
};

struct Interval {
  Tick from{};
  Tick to{};
};

// What a checker found: one sentence that names operations, values and times.
struct Violation {
  KeyNumber key{};
  Wrong wrong{};
  std::string sentence;
  std::optional<Interval> when{};  // of the operation it is about; nothing: of none
};

// From its begin to its end, if it had one.
[[nodiscard]] Interval interval_of(const ClientOperation& operation);

}  // namespace kv
