// A node as the client's agent: which owners to ask, for what, and which answer is whose.
//
// Idea      any node coordinates any request. What it knows of a request is here, in memory,
//           until the client has an answer; if the node dies, the answer is "unknown".
// Breaks if  two lives of a node number their operations alike: an answer to the first would
//           count for the second.
// Left out  routing: which node a client asks is its own choice, or a proxy's.
// Source    DeCandia and others, "Dynamo", SOSP 2007, section 4.5: any node coordinates.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/alarms.hpp"
#include "v4_replicated_kv/replication/operation.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/replication/replica.hpp"

namespace kv {

// Times are in ticks of the node's monotonic clock: microseconds, in a server.
struct CoordinatorRules {
  Quorum quorum{};            // of a request that says nothing; n is the table's
  Tick patience{2'000'000};   // the same: it has an answer after so long
  Tick again_every{200'000};  // a silent owner is asked again, and others too
  Tick hedge_after{25'000};   // a read asks another in its place, if that is sooner
  std::uint64_t repair_one_in = 16;  // reads that ask all owners, to repair them; 0: none
  std::size_t key_bytes_max = kKeyBytesMax;  // of a request; at most this, as is the next
  std::size_t value_bytes_max = kValueBytesMax;
  std::size_t reading_bytes_max = SIZE_MAX;  // of long values on their way to clients
};

class Coordinator {
 public:
  // The replica is this node's own, and outlives it; `seed` makes operation numbers that no
  // earlier life of the node had.
  Coordinator(NodeId self, std::shared_ptr<const RingState> ring,
              const ReplicaRules& replica_rules, const CoordinatorRules& rules,
              Replica& replica, std::uint64_t seed);

  // A client's request. Its one reply comes now, or with a later call, at the deadline at the
  // latest. Refused at once: a key or value over its limit (too_large), a level or number of
  // copies that cannot be, a context or time to live that is none (bad_request).
  void start(Request&& request, Desk& desk);

  // What an owner says, to whatever operation it belongs. What belongs to none, to an earlier
  // round, or comes from a node that does not own the key, is dropped.
  void answer(Message&& message, Desk& desk);

  // A message of this node's did surely not arrive. One that may have is not lost but silent.
  void lost(const Message& message, Desk& desk);

  // This node is suspected from now on: whoever waits for it asks another.
  void suspected(NodeId node, Desk& desk);

  // There may be room for who waits for it.
  void go_on(Desk& desk);

  // Deadlines that are over end requests; owners that were silent are asked again.
  void time(Desk& desk);

  // This node takes part in nothing any more: all its clients are told.
  void stop(Desk& desk);

  // When time() wants to be called next; none while nothing is on its way.
  [[nodiscard]] std::optional<Tick> wake() const;

  // Requests without an answer, and reads that still wait for owners to repair.
  [[nodiscard]] std::size_t in_flight() const { return operations_.size(); }

 private:
  using OperationPtr = std::unique_ptr<Operation>;

  // None where there is nothing to wait for, and the client has its reply.
  [[nodiscard]] Result<OperationPtr> operation_for(Request& request, Desk& desk);
  [[nodiscard]] OperationPtr read_for(Call call, Desk& desk);
  [[nodiscard]] bool is_answered_here(const Call& call, Desk& desk);
  [[nodiscard]] Result<OperationPtr> list_for(Request& request, const Desk& desk);
  [[nodiscard]] Result<OperationPtr> write_for(Request& request, Call call,
                                               const Desk& desk);
  [[nodiscard]] Result<Version> draft_of(Request& request, const Desk& desk) const;
  [[nodiscard]] OperationPtr register_write(Call call, Version draft) const;
  [[nodiscard]] OperationPtr sibling_write(Call call, Version draft,
                                           std::optional<History> context,
                                           const Desk& desk) const;
  void settle(OperationId id);

  NodeId self_;
  std::shared_ptr<const RingState> ring_;
  ReplicaRules replica_rules_;
  CoordinatorRules rules_;
  Replica& replica_;
  Rng chance_;
  std::uint64_t next_id_;
  std::map<OperationId, OperationPtr> operations_;
  Alarms alarms_;  // those of operations that are done are skipped when their time comes
};

}  // namespace kv
