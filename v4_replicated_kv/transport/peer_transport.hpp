// How a node's messages reach the others, whatever carries them.
//
//   loop --- send(), flush() ---> PeerTransport ===== peers
//   loop <-- PeerEvents --------- PeerTransport
//
// Idea      the loop hands over messages one by one and says once a turn that this was all:
//           what came together goes out together. What a transport knows of its peers it
//           tells as events, and the loop decides what they mean.
// Breaks if  it says "undelivered" of a message that may have arrived: the core counts on it.
//            What was handed to the network is silent, whatever becomes of it.
// Breaks if  a peer that does not read makes others wait, or takes all memory. What waits for
//            one peer has a bound; what is over it is undelivered.
// Threads   all of it on the loop's thread. No event is told from within send() or flush() but
//           undelivered().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/wire/greeting.hpp"

namespace kv {

// What a transport tells whoever owns it, who does not call the transport from within.
class PeerEvents {
 public:
  PeerEvents() = default;
  PeerEvents(const PeerEvents&) = delete;
  PeerEvents& operator=(const PeerEvents&) = delete;
  virtual ~PeerEvents() = default;

  virtual void came(Message message) = 0;

  // The message did surely not arrive: there is no connection, or too much waits for it.
  virtual void undelivered(Message message) = 0;

  // All connections with the peer are there; one of them is not any more. They take turns.
  virtual void up(const Greeting& peer) = 0;
  virtual void down(NodeId peer) = 0;

  // Something came from the peer: it was alive a moment ago.
  virtual void heard(NodeId peer) = 0;

  // A connection ended, or never became one, for this reason: for the log.
  virtual void ended(const Error& why) = 0;
};

// Where a node listens. The host is a name or an address; port 0: nobody knows yet.
struct PeerAddress {
  NodeId node{};
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

struct PeerCounts {
  std::size_t up = 0;             // members with all their connections; no guests
  std::size_t strangers = 0;      // connections whose first words are not done
  std::size_t waiting_bytes = 0;  // for all peers together
};

class PeerTransport {
 public:
  PeerTransport() = default;
  PeerTransport(const PeerTransport&) = delete;
  PeerTransport& operator=(const PeerTransport&) = delete;
  virtual ~PeerTransport() = default;

  // Who is to be connected with, from here on. Connections of others end, but those of guests.
  // A node whose address is not known may dial this one, and keeps what it dialled.
  virtual void set_peers(const std::vector<PeerAddress>& peers) = 0;

  // Takes the message for its receiver, or tells that it is undelivered.
  virtual void send(Message message) = 0;

  // What was sent since the last time goes out now; and what came before has been worked off,
  // so that more of it may come.
  virtual void flush() = 0;

  // Ends all connections, and takes no more.
  virtual void stop() = 0;

  // Where it listens; the port is what the kernel chose if none was asked for.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual PeerCounts counts() const = 0;
};

}  // namespace kv
