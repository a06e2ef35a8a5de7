// Which peers there are, and by which connections they are reached: what all transports do
// alike, whatever carries their bytes.
//
// Idea      a peer has one connection a channel. A new one takes the place of the old: whoever
//           dials again knows better than this node whether the old one is dead.
// Breaks if  connections of two lives of a peer are mixed: what the first one said would be
//            heard behind what the second says. Those of another boot end.
// Breaks if  two processes that live are one member, as of a directory that was copied: each
//            would put the other out for ever, and a quorum counted with both is none. Whoever
//            comes while the other is heard of is turned away. A process that died has no
//            connections any more, or is silent before long: the next one waits no longer.
// Threads   one at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/transport/peer_link.hpp"
#include "v4_replicated_kv/transport/peer_transport.hpp"

namespace kv {

// One connection, as the roster sees it.
class PeerWire {
 public:
  explicit PeerWire(PeerLink link) : link_(std::move(link)) {}
  PeerWire(const PeerWire&) = delete;
  PeerWire& operator=(const PeerWire&) = delete;
  virtual ~PeerWire() = default;

  [[nodiscard]] PeerLink& link() { return link_; }
  [[nodiscard]] const PeerLink& link() const { return link_; }

  // Sends what the link has, unless it is at it already. Tells nobody that it failed before
  // the caller is done.
  virtual void write() = 0;
  // Ends it; PeerRoster::gone() is called before this returns.
  virtual void close(const Error& why) = 0;
  // Bytes that were queued and that the network has not taken yet.
  [[nodiscard]] virtual std::size_t waiting() const = 0;

 private:
  PeerLink link_;
};

struct RosterLimits {
  std::size_t waiting_bytes_max = std::size_t{16}
                                  << 20;  // for one connection, but for one
                                          // message more
  std::size_t guests_max = 64;
  // Another life of a member that was heard of so short a time ago has to wait.
  std::chrono::milliseconds alive_within{0};
};

class PeerRoster {
 public:
  using Clock = std::chrono::steady_clock;

  PeerRoster(NodeId self, PeerEvents& events, const RosterLimits& limits)
      : self_(self), events_(events), limits_(limits) {}

  // Connections of members that are none any more end.
  void set_members(std::set<NodeId> members);

  // Of two members, the one with the smaller id dials; a guest dials whom it likes.
  [[nodiscard]] static bool dials(NodeId one, NodeId other) {
    return is_guest(one) || (!is_guest(other) && one < other);
  }

  // A connection's first words are said. Errc::conflict for who is no member and no guest, a
  // member that should not have dialled or that another process is, or too many guests.
  [[nodiscard]] Result<void> welcome(const std::shared_ptr<PeerWire>& wire,
                                     bool was_dialled_here, Clock::time_point now);
  void gone(const PeerWire& wire);
  void heard(const std::shared_ptr<PeerWire>& wire, Clock::time_point now);

  void send(Message message);
  // Of what came before this, all has been worked off.
  void flush();

  // Ends the connections of those that said nothing since then.
  void end_silent_since(Clock::time_point then);
  void close_all(const Error& why);

  [[nodiscard]] PeerCounts counts() const;

 private:
  struct Peer {
    std::array<std::shared_ptr<PeerWire>, 3> wires;  // by channel
    Clock::time_point heard{};
    bool is_up = false;
  };

  [[nodiscard]] Result<void> check(const Greeting& peer, bool was_dialled_here) const;
  [[nodiscard]] bool is_second_life(const Greeting& peer, Clock::time_point now) const;
  void flush_later(const std::shared_ptr<PeerWire>& wire);
  void make_way(NodeId peer, const PeerWire& newcomer);
  void close_all_of(NodeId peer, const Error& why);

  NodeId self_;
  PeerEvents& events_;
  RosterLimits limits_;
  std::set<NodeId> members_;
  std::map<NodeId, Peer> peers_;  // with a connection at least
  std::vector<std::shared_ptr<PeerWire>> unflushed_;
};

}  // namespace kv
