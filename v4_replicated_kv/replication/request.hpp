// What a client wants, and what it is told.
//
// Idea      three answers, not two. "Refused" is a promise that nothing was written, and
//           "ok" that it is on the disks of so many owners. All else is "unknown": the write
//           may be there, may appear later, or never.
// Breaks if  unknown is reported as failed. A client that then writes something else has
//            two writes on their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/replication/value_room.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// How a driver finds who asked; it comes back with the reply.
using Ticket = Strong<struct TicketTag>;

enum class Verb : std::uint8_t { get, put, erase, list };

// A reply to a list has no more keys.
inline constexpr std::uint32_t kListedKeysMax = 1000;

struct Request {
  Ticket ticket{};
  Verb verb = Verb::get;
  std::string key;  // of a list: what keys begin with; may be empty
  std::string value{};
  Consistency consistency{};
  Tick patience{};  // in ticks, from its arrival on; 0: the cluster's own
  // Of a put or erase: equal ids are one write, as far as its first try is heard of. An erase
  // of siblings without a context, whose first try nobody knows that is asked, takes away what
  // others have put since: say what you have seen.
  RequestId id{};
  std::uint64_t ttl_ms = 0;  // of a put, at most kTtlMsMax; 0: for ever
  std::string context{};     // siblings: what the client has seen, as it was told
  std::uint32_t limit = 0;   // of a list: 1 to kListedKeysMax
  KeyHash from{};            // of a list: Reply::next of the one before
};

enum class Outcome : std::uint8_t { ok, refused, unknown };

// Why it is not ok. The error's code says what kind of failure; this, which of the store's.
enum class Trouble : std::uint8_t {
  none,
  bad_request,  // Errc::bad_usage: the request itself
  not_reached,  // so many owners said no that the demand cannot be met
  timed_out,    // too few said anything in time
  not_ready,    // this node is catching up, or has stopped
  too_large,
  disk_full,
  conflict,    // siblings: a limit, or a context that cannot be
  overloaded,  // this node has as many requests as it takes: later, or another one
};

struct Reply {
  Ticket ticket{};
  Outcome outcome = Outcome::ok;
  Trouble trouble = Trouble::none;
  std::string detail{};            // what happened, for a person
  std::size_t answers = 0;         // owners that acknowledged or answered in time
  std::size_t needed = 0;          // of those
  KeyState state{};                // get: what the owners hold; see visible()
  std::vector<ValueLoan> loans{};  // of it: whoever keeps the values keeps these
  Timestamp written{};             // put, erase: the version that was made
  std::string context{};           // siblings: to be handed in with the next write
  // A list: keys by their hashes, perhaps none. More than `limit` where hashes are equal, and
  // a key may come twice; one that is there all the time comes.
  std::vector<std::string> keys{};
  std::optional<KeyHash> next{};  // where to go on; none: that was all
};

[[nodiscard]] constexpr std::string_view word_for(Trouble trouble) {
  switch (trouble) {
    case Trouble::none:
      return "none";
    case Trouble::bad_request:
      return "bad_request";
    case Trouble::not_reached:
      return "quorum_not_reached";
    case Trouble::timed_out:
      return "timeout";
    case Trouble::not_ready:
      return "not_ready";
    case Trouble::too_large:
      return "too_large";
    case Trouble::disk_full:
      return "disk_full";
    case Trouble::conflict:
      return "conflict";
    case Trouble::overloaded:
      return "overloaded";
  }
  return "none";
}

}  // namespace kv
