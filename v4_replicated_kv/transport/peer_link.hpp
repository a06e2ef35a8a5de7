// One connection with a peer, without the connection: bytes in, messages out, and back.
//
//   bytes that came --> frames --> first words, then messages --> whoever takes them
//   messages to send --> frames, as far as there is credit ----> bytes to write
//
// Idea      TCP, a gRPC stream or a test carry the same bytes. What a peer may say, and when,
//           is decided here once; a carrier moves bytes and closes what this refuses.
// Breaks if  a message is believed to be from whom it says. It is from who greeted, or the
//            connection ends: else one node could vote for all.
// Breaks if  bulk is sent without credit: the partitions that a node asked for would fill its
//            memory while its disk is busy.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/wire/handshake.hpp"
#include "v4_replicated_kv/wire/outbox.hpp"
#include "v4_replicated_kv/wire/pieces.hpp"

namespace kv {

// Who a node is on all of its connections. The greeting's nonce is the connection's own.
struct PeerIdentity {
  Greeting greeting;
  std::string secret{};  // empty: whoever reaches the port is believed
  Policy policy = Policy::last_write_wins;
};

class PeerLink {
 public:
  // What comes out of the bytes of a peer.
  class Sink {
   public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    // The first words are said; an error ends the connection. Before any message.
    [[nodiscard]] virtual Result<void> greeted(const Greeting& peer, Channel channel) = 0;
    virtual void came(Message message) = 0;
  };

  // Bytes of pages that may be under way to a node from one peer.
  static constexpr std::size_t kBulkWindow = std::size_t{1} << 20;

  // Who dials says for which channel, and whom it wants to find.
  [[nodiscard]] static PeerLink dialling(const PeerIdentity& self, NodeId whom,
                                         Channel channel);
  [[nodiscard]] static PeerLink listening(const PeerIdentity& self);

  // After an error the connection is to be closed, and what is to be written is not.
  [[nodiscard]] Result<void> feed(std::string_view bytes, Sink& sink);

  // Queues the message for this link's channel; Errc::too_large, and nothing is queued, where
  // no peer would take it. Once the first words are said.
  [[nodiscard]] Result<void> add(const Message& message) { return outbox_->add(message); }

  // All that may be written now: what waits for credit stays.
  [[nodiscard]] std::string take();

  // What came so far has been worked off: the peer may send as much again.
  void give_credit();

  [[nodiscard]] bool is_greeted() const { return handshake_.is_done(); }
  // Once the first words are said.
  [[nodiscard]] const Greeting& peer() const { return handshake_.peer(); }
  [[nodiscard]] Channel channel() const { return handshake_.channel(); }

  // Bytes that take() has not given yet.
  [[nodiscard]] std::size_t waiting() const;

 private:
  PeerLink(const PeerIdentity& self, Handshake handshake);

  [[nodiscard]] Result<void> first_words(const Frame& frame, Sink& sink);
  [[nodiscard]] Result<void> on(const Frame& frame, Sink& sink);
  [[nodiscard]] Result<void> messages(std::string_view bytes, Sink& sink);
  [[nodiscard]] Result<void> granted(std::string_view body);
  [[nodiscard]] Result<void> use_up(std::size_t bytes);
  [[nodiscard]] std::size_t within_credit();
  void grant(std::size_t bytes);

  NodeId self_;
  Policy policy_;
  Handshake handshake_;
  FrameParser parser_;
  PieceJoiner joiner_;
  std::optional<Outbox> outbox_;
  std::string words_;         // of the handshake, and credit: go first
  std::string frames_;        // of bulk, closed: wait for credit
  std::size_t credit_ = 0;    // that the peer gave
  std::size_t may_come_ = 0;  // of what was given to the peer
  std::size_t to_grant_ = 0;  // taken, and not given again
};

}  // namespace kv
