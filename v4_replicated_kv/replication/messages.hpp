// What nodes say to each other about keys.
//
//   coordinator                          owner of the key
//   Offer   a new version of a register  -> Stored   durable here, or refused
//   Mint    make a sibling               -> Minted   the key's whole state, then Stored
//   Push    a state that is somewhere    -> Stored
//   Ask     what do you hold?            -> Held
//   Hello   whom did you know me as?     -> KnownAs
//   Pull    all of a partition           -> Page
//   List    which keys, without values   -> Listed
//   Heartbeat  nothing but the standing
//
// Idea      a request is answered with its own number, so that an answer finds the operation
//           that waits for it, and one that comes too late finds none.
// Breaks if  a message that comes twice does harm: every one of these may.
// Left out  bytes: a transport writes these as it likes (runtime).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// An operation of one coordinator. Counted up from a random number at each start, so that an
// answer to an earlier life finds nothing.
using OperationId = Strong<struct OperationIdTag>;

// Takes this version, if it is above what is held.
struct Offer {
  std::string key;
  Version version;
  // Also acknowledge it where something newer is held: it was replaced at once.
  bool older_is_fine = false;
};

// Makes a sibling of a value (or, of a tombstone, a delete) with a dot of the receiver's.
struct Mint {
  std::string key;
  Version draft;  // without a timestamp
  History context;
};
struct Minted {
  KeyState state;   // to be pushed to the other owners, whole
  History context;  // what the client has seen now
};

// Merges this state into what is held.
struct Push {
  std::string key;
  KeyState state;
};

// Of each owner of a key, by place: no later life of its disk may have copied the key from the
// sender. (Of itself it says nothing.)
using Served = std::array<ActorId, kCopiesMax>;
inline constexpr ActorId kNoLife{};             // none ever did
inline constexpr ActorId kAnyLife{UINT64_MAX};  // the sender cannot say

enum class Storing : std::uint8_t {
  durable,    // it is on this disk, or something newer is
  refused,    // by the version's order: nothing was stored
  failed,     // nothing was stored, for the reason given
  uncounted,  // this node is catching up: it keeps the version, but counts for nothing
};
struct Stored {
  Storing storing = Storing::durable;
  std::uint64_t above = 0;  // refused: a counter above this one may be taken
  std::optional<Error> error{};
  Served served{};  // durable: by then
};

// The values of a key are long, and are sent to who says that there is room for them, where
// they have more bytes than this. What is stored of a key never has more than the other.
inline constexpr std::size_t kLongValue = std::size_t{64} << 10;
inline constexpr std::size_t kLongBytesMax = kStateBytesMax;

enum class Detail : std::uint8_t { digest, state };
struct Ask {
  std::string key;
  Detail detail = Detail::state;
  bool durable = false;     // answer only once what is said is on the disk
  bool short_only = false;  // of a state with long values, say how long they are instead
};
struct Held {
  std::uint64_t digest = 0;   // of the state; 0: nothing is held
  std::uint64_t counter = 0;  // the largest there is, or was forgotten
  std::optional<KeyState> state{};
  std::optional<Error> error{};  // then nothing else is meant
  Served served{};               // by then; said where Ask::durable was
  std::uint64_t long_bytes = 0;  // of the values that were not sent, as they are long
};

struct Hello {};
// Who a node is for its peers: the disk life, how much of it was durable, and how far its
// numbers are reserved.
struct Standing {
  ActorId actor;
  std::uint64_t durable = 0;
  std::uint64_t reserved = 0;
};
struct KnownAs {
  std::optional<Standing> seen;  // the largest that the receiver told of itself
};

struct Pull {
  PartitionId partition;
  KeyHash from_hash;
  std::string from_key;
};
struct Page {
  struct Entry {
    std::string key;
    KeyState state;
  };
  PartitionId partition;
  std::vector<Entry> entries;
  bool is_last = false;
  KeyHash next_hash{};  // where the next page begins
  std::string next_key{};
  std::optional<Error> error{};
};

// Says that its sender is alive, and how far its disk is, where it has nothing else to say.
struct Heartbeat {};

// A part of all keys, in the order of (hash, key).
struct List {
  KeyHash from_hash;  // the first that is not before this place,
  std::string from_key;
  KeyHash last;        // and none behind this hash
  std::string prefix;  // of those that are wanted
  std::uint32_t limit = 0;
};
struct Listed {
  std::vector<Page::Entry> entries;  // tombstones too; without values
  bool is_last = false;              // there are none behind them
  KeyHash next_hash{};               // else: up to here, this place not included
  std::string next_key{};
  std::optional<Error> error{};
};

struct Message {
  NodeId from{};
  NodeId to{};
  OperationId operation{};  // the asker's number; an answer repeats it
  std::uint32_t round = 0;  // the asker's attempt; an answer repeats it
  Epoch epoch{};
  Standing standing{};  // the sender's
  std::variant<Offer, Mint, Minted, Push, Stored, Ask, Held, Hello, KnownAs, Pull, Page,
               Heartbeat, List, Listed>
      body;
};

// Whether it is said to somebody who asked, and asks again if he does not hear it.
[[nodiscard]] inline bool is_answer(const Message& message) {
  return std::visit(
      []<class Body>(const Body& /*body*/) {
        return std::is_same_v<Body, Stored> || std::is_same_v<Body, Held> ||
               std::is_same_v<Body, Minted> || std::is_same_v<Body, KnownAs> ||
               std::is_same_v<Body, Page> || std::is_same_v<Body, Listed>;
      },
      message.body);
}

// An answer goes back to who asked, under the number that it was asked under.
template <class Body>
Message answer_to(const Message& request, Body body) {
  Message answer;
  answer.to = request.from;
  answer.operation = request.operation;
  answer.round = request.round;
  answer.body = std::move(body);
  return answer;
}

}  // namespace kv
