// One node: what happens goes in, what is to be done comes out.
//
//            +--------------------- Node ---------------------+
//   inputs   |  Coordinator     what clients asked of it      |   effects
//   -------> |  Replica         what it holds for others      | ------->
//            |  Rejoin          whether that counts           |
//            +------------------------------------------------+
//                     engine: the log, in memory; a driver writes it
//
// Idea      no socket, no thread, no clock, no chance: step() is a function of what it is
//           told. So a server and a simulator run the same node, and what goes wrong once can
//           be made to go wrong again.
// Breaks if  a driver keeps the engine's groups from the disk, or says LogDurable too early.
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "v4_replicated_kv/node/early_requests.hpp"
#include "v4_replicated_kv/node/rejoin.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/coordinator.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/replica.hpp"
#include "v4_replicated_kv/replication/served_lives.hpp"

namespace kv {

struct NodeRules {
  ReplicaRules replica{};
  CoordinatorRules coordinator{};
  // In ticks:
  Tick hello_every{100'000};     // while it finds out whether it is whole
  Tick early_patience{500'000};  // of a request that came before it was ready
};

// What a driver knows of a node when it starts.
struct Boot {
  // One that is not in the ring is a guest: it coordinates, and holds nothing.
  NodeId self;
  std::shared_ptr<const RingState> ring;
  ActorId actor;               // from the manifest, with
  std::uint64_t reserved = 0;  // how far its numbers were reserved
  std::uint64_t durable = 0;   // the last record that was recovered
  std::uint64_t seed = 0;      // of names that must be unlike
  // The cluster is being founded: nobody can have lost anything. Never said twice.
  bool is_founding = false;
  // The disk is empty, or its manifest says that it is not whole.
  bool is_damaged = false;
  // Damage took keys that nobody can name. What this life acknowledged is lost: the node goes
  // on under another name.
  bool keys_unknown = false;
};

// What can happen to a node.
struct LogDurable {
  std::uint64_t seq = 0;  // all records up to here are on the disk
};
struct LogFailed {
  Error cause;  // a write or sync failed: what is on the disk is unknown
};
struct Reserved {
  Reservation reservation;  // the manifest is on the disk
};
struct ValueRead {
  ReadTicket ticket;
  Result<std::string> value;
};
struct Undelivered {
  Message message;  // the transport knows that it did not arrive
};
// Somebody who watches the nodes thinks that this one is down, or not any more. May be wrong.
struct Suspected {
  NodeId node;
  bool is = true;
};
struct TimePassed {};
using Input = std::variant<Request, Message, Undelivered, LogDurable, LogFailed, Reserved,
                           ValueRead, Suspected, TimePassed>;

class StoreNode {
 public:
  // The engine outlives the node, and nobody else changes what it holds. Its partitions are
  // the ring's.
  StoreNode(Engine& engine, const Boot& boot, const NodeRules& rules);

  // The first step. Effects are added to `out`.
  void start(const Moment& at, Effects& out);

  // All that follows from one thing that happened. `at.now` never goes back; `at.wall` may.
  // After LogFailed nothing is done any more: requests are refused, all else is dropped.
  void step(const Moment& at, Input&& input, Effects& out);

  // Tells a peer that this node is alive, and how far its disk is; nothing once it failed.
  void say_alive(NodeId to, Effects& out) const;

  // When it wants to be told that time has passed; none while it waits for nothing.
  [[nodiscard]] std::optional<Tick> wake() const;

  // Whether it works for clients: it knows who it is, and has numbers for versions. Who asks
  // before that waits for it, for NodeRules::early_patience.
  [[nodiscard]] bool is_ready() const;

  // Whether all that it holds counts in quorums, and would after a restart, too: until the
  // manifest says so, no other disk may be given up.
  [[nodiscard]] bool is_whole() const;
  // For a person: why its disk lacks something, as far as it knows; empty: nothing. And
  // whose answers or copies it waits for.
  [[nodiscard]] std::string_view lacks_because() const;
  [[nodiscard]] std::set<NodeId> waits_for() const { return rejoin_.waits_for(); }
  // Why it stopped: the first failure of its log.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] ActorId actor() const { return dots_.actor(); }
  // Requests of clients that this node works for: see Coordinator.
  [[nodiscard]] std::size_t in_flight() const {
    return coordinator_.in_flight() + early_.size();
  }

 private:
  void on(Request&& request, Desk& desk);
  void on(Message&& message, Desk& desk);
  void on(const Undelivered& undelivered, Desk& desk);
  void on(LogDurable durable, Desk& desk);
  void on(LogFailed failed, Desk& desk);
  void on(Reserved reserved, Desk& desk);
  void on(ValueRead read, Desk& desk);
  void on(Suspected suspected, Desk& desk);
  void on(TimePassed, Desk& desk);

  void remember(const Message& message);
  void known_as(const Message& message, const KnownAs& known, Effects& out);
  void take_new_name();
  void refuse(const Request& request, Effects& out) const;
  [[nodiscard]] std::string why_not_ready() const;
  void serve_early(Desk& desk);
  void refuse_early(Desk& desk);
  void reserve_if_low(Effects& out);
  void say_if_whole(Effects& out);
  void sign(Effects& out, std::size_t from) const;

  NodeId self_;
  std::shared_ptr<const RingState> ring_;
  NodeRules rules_;
  Boot boot_;
  Rng chance_;
  DotSource dots_;
  ServedLives lives_;
  Suspects suspects_;
  ValueRoom room_;
  Replica replica_;
  Coordinator coordinator_;
  Rejoin rejoin_;
  EarlyRequests early_;
  std::map<std::pair<NodeId, ActorId>, Standing> peers_;  // the largest that each told
  std::optional<Reservation> reserving_;
  std::optional<Tick> rejoin_wake_;
  bool said_whole_;              // as the manifest says it, or soon will
  bool recorded_whole_ = false;  // the manifest, of this name and life, says so
  std::optional<Error> failure_;
};

}  // namespace kv
