// To which lives of the others' disks this node may have served copies.
//
// Idea      an owner that lost its disk copies the key from others, and holds then what those
//           held when it asked. So with each acknowledgement an owner says to which life of
//           each other owner's disk it may have served copies by then. Who counts sees from
//           that whether an owner that acknowledged before has lost, and copied, too early.
// How       a peer that answers a question of this process is in that life now, so no later
//           one was served. A later one that copies ends that, until the peer has answered
//           again. In a cluster that is being founded nobody was served.
// Breaks if  a message that was long under way makes a life the present one: an old life
//            would be vouched for that has long been copied to a new disk. Only answers do.
// Breaks if  the answer to a question counts that was asked before somebody copied.
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/messages.hpp"

namespace kv {

class ServedLives {
 public:
  ServedLives(NodeId self, std::shared_ptr<const RingState> ring, bool is_founding);

  // What an acknowledgement of a key in this partition has to say. Whoever cannot be vouched
  // for is to be asked.
  [[nodiscard]] Served owners_of(PartitionId partition);

  // That life copies something from here. To be said before it gets anything.
  void served(NodeId peer, ActorId life);

  // Something came from that life. If it is none that this node knew, the peer is to be asked.
  void heard(NodeId peer, ActorId life);

  // The peer is in that life, as it says in answer to a Hello of this process, and of this
  // question().
  void answered(NodeId peer, ActorId life, std::uint32_t question);

  // Which question a Hello to that peer asks now: Message::round.
  [[nodiscard]] std::uint32_t question(NodeId peer) const;

  // All others are being asked, and need not be asked again before then.
  void asked_all(Tick next);

  // Posts a Hello to each that is to be asked, and was not within `every`. Under which number
  // is the caller's to say.
  void ask(Tick now, Tick every, OperationId id, Effects& out);

 private:
  struct Peer {
    ActorId life = kAnyLife;     // no later one was served
    std::uint32_t question = 0;  // answers to earlier ones are too old
    bool wanted = false;         // its answer
    Tick ask_from{};             // not before
  };

  void want(Peer& peer);

  NodeId self_;
  std::shared_ptr<const RingState> ring_;
  std::map<NodeId, Peer> peers_;
  std::optional<Tick> ask_from_;  // of those that are wanted, the first
};

}  // namespace kv
