// Who dials, when, and for how long a stranger may be one: what all transports do alike.
//
// Idea      of two members the one with the smaller id dials. Both could, and agree on whose
//           connection stays; but then a rule for ties is needed, and each pair opens twice
//           what it keeps. Price: whoever returns waits to be dialled, a second at most.
// Breaks if  those who were cut off dial again all at once, and for ever: the pause doubles up
//            to a bound, and chance is in it.
// Breaks if  strangers take all room: there are so many and no more, the oldest goes first,
//            and each has little time to say who it is.
// Threads   the loop's.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/transport/peer_roster.hpp"
#include "v4_replicated_kv/transport/peer_transport.hpp"

namespace kv {

// What every transport is told.
struct PeerOptions {
  PeerIdentity self{};
  // To connect, and to say the first words.
  std::chrono::milliseconds first_words{2000};
  // Who says nothing for so long is gone. Several times as long as between two heartbeats.
  std::chrono::milliseconds silent_max{5000};
  std::chrono::milliseconds again_min{50};  // before one that failed is dialled again
  std::chrono::milliseconds again_max{1000};
  std::size_t strangers_max = 256;
  RosterLimits limits{};
};

class PeerKeeper : public PeerTransport {
 public:
  using Clock = PeerRoster::Clock;
  using WirePtr = std::shared_ptr<PeerWire>;

  void set_peers(const std::vector<PeerAddress>& peers) final;
  void send(Message message) final { roster_.send(std::move(message)); }
  void flush() final { roster_.flush(); }
  void stop() final;
  [[nodiscard]] PeerCounts counts() const final;

  // What wires tell. An error ends the one that is told so.
  [[nodiscard]] Result<void> greeted(const WirePtr& wire);
  void came(Message message) { events_.came(std::move(message)); }
  void heard(const WirePtr& wire);
  void ended(const PeerWire& wire, const Error& why);

 protected:
  PeerKeeper(boost::asio::io_context& io, PeerEvents& events, const PeerOptions& options,
             std::uint64_t seed);

  // Begins to; that it failed is told later, by ended().
  [[nodiscard]] virtual WirePtr connect(const PeerAddress& to, PeerLink link) = 0;
  virtual void stop_listening() = 0;
  // Now and then.
  virtual void look_again() {}

  // Somebody has connected, who has not said yet who it is.
  void took_in(const WirePtr& stranger);
  // With a nonce that is used once.
  [[nodiscard]] Result<PeerIdentity> identity() const;
  void begin() { wake_at(Clock::now()); }
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] PeerEvents& events() { return events_; }
  [[nodiscard]] const PeerOptions& options() const { return options_; }

 private:
  // A connection that this node keeps up.
  struct Dial {
    Channel channel{};
    WirePtr wire{};
    Clock::time_point due{};  // to dial, or to be done with the first words
    std::chrono::milliseconds pause{};
  };
  struct Dialled {
    PeerAddress address;
    std::array<Dial, 3> dials;
  };
  struct Stranger {
    WirePtr wire;
    Clock::time_point due;
  };

  [[nodiscard]] Dial* dial_of(const PeerWire& wire);
  void dial(const PeerAddress& address, Dial& dial);
  void failed_to_dial(Dial& dial);
  void look_at_strangers(Clock::time_point now);
  void look_at_dial(const Dialled& peer, Dial& each, Clock::time_point now);
  void look_at_clock();
  void wake_at(Clock::time_point when);

  boost::asio::io_context& io_;
  PeerEvents& events_;
  PeerOptions options_;
  Rng chance_;
  PeerRoster roster_;
  boost::asio::steady_timer timer_;
  std::deque<Stranger> strangers_;  // the oldest first
  std::map<NodeId, Dialled> dialled_;
  Clock::time_point looked_{};
  bool is_stopped_ = false;
  // Handlers that find it gone touch nothing.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kv
