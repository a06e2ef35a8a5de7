// What the outside world must do after a step, in this order: let the log go to the disk,
// send, answer clients.
//
// Idea      the core asks, a driver acts. Whether a server or the simulator does it is the
//           same to the core, and so the order that the simulator tests is the order that
//           servers have.
// Breaks if  a driver says that something is durable which is not: an answer that waited
//            for it goes out at once. All else it may delay, lose or double.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/storage/engine.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

using ReadTicket = Strong<struct ReadTicketTag>;

// A value to read from a file, without anybody waiting for it meanwhile.
struct ColdRead {
  ReadTicket ticket;
  ColdValue from;
  std::string key;
  std::uint64_t seq = 0;
};

// What the manifest has to say of this disk's life. Numbers for versions count once that is
// durable, and none is used before. Of two the later counts.
struct Reservation {
  ActorId actor;            // never 0
  std::uint64_t up_to = 0;  // the last number that may be given out
  bool is_whole = true;     // it has all that it acknowledged
  friend bool operator==(const Reservation&, const Reservation&) = default;
};

struct Effects {
  std::vector<Reservation> reserve;  // write the manifest, then say Reserved
  std::vector<ColdRead> read;        // then say ValueRead, with the value or its damage
  std::vector<PartitionId> whole;    // damage was repaired: Engine::unmute
  std::vector<Message> send;         // to this node itself, too
  std::vector<Reply> reply;

  // Adds a message with this body, whose envelope is still to be filled in.
  template <class Body>
  Message& post(Body body) {
    Message& message = send.emplace_back();
    message.body = std::move(body);
    return message;
  }

  // Ready for the next step, with the memory that it has.
  void clear() {
    reserve.clear();
    read.clear();
    whole.clear();
    send.clear();
    reply.clear();
  }
};

}  // namespace kv
