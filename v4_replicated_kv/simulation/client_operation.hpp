// One thing that a client asked for, and what it was told.
//
// Idea      the checkers look at a store as its clients do: who asked what, from when to
//           when, and what came back. How the store works inside is not their business, so
//           they judge every way of working alike.
// Why ids   every put and every delete has a number of its own. A read that names what it
//           saw names the write that made it, and whether one order explains a history can
//           be decided by sorting instead of by trying all orders. Deletes have one too,
//           because "nothing" is not unique: a store that can tell which tombstone a read
//           met says so, and is held to it.
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
  KeyNumber key{};
  OperationKind kind = OperationKind::get;
  Level level = Level::quorum;
  // Put and remove: how many owners it heard before it chose its place in the order; more than
  // its level where the coordinator reads first.
  std::optional<Level> heard{};
  WriteId written{};               // put and remove: the write's own id
  std::vector<WriteId> covered{};  // siblings: the writes that its context covers
  Tick invoked{};
  std::optional<Tick> returned{};  // none: the client never heard
  Outcome outcome = Outcome::unknown;
  // Of a write: it was asked for more than once, and each time may have made a version. What
  // was acknowledged is there; but another version of it may come late, and win.
  bool may_return = false;

  // Get: the ids of what was there. One value of a register, any number of siblings.
  // Of a register that held nothing: the delete whose tombstone was met; kNeverWritten where
  // it is known that there never was a write; empty where nobody can say which it was, as
  // the tombstone may be gone.
  std::vector<WriteId> seen{};

  [[nodiscard]] bool is_write() const { return kind != OperationKind::get; }
  [[nodiscard]] Level heard_at() const { return heard.value_or(level); }

  // Of a write: the time after which it takes effect no more.
  [[nodiscard]] Tick effective_until() const {
    return outcome == Outcome::ok && !may_return ? *returned : kEndOfTime;
  }
};

// Whether an owner that answered at one level is sure to be among those that answer at the
// other: whether R + W > N. What one of the two did, the other then cannot miss.
[[nodiscard]] constexpr bool meet(Level a, Level b) {
  return a == Level::all || b == Level::all || (a != Level::one && b != Level::one);
}

// "put of client 1 at t=10..20"
[[nodiscard]] std::string describe(const ClientOperation& operation);

// "value 7 (put of client 1 at t=10..20)", "delete 8 (...)"; "nothing" for no write at all.
[[nodiscard]] std::string describe_write(const ClientOperation* write);

// What a checker found: one sentence that names key, operations, values and times.
struct Violation {
  KeyNumber key{};
  std::string sentence;
};

}  // namespace kv
