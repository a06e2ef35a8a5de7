// The two sides of a new connection find out whether they want each other.
//
//   the one that dialled            the one that listens
//      greeting  ------------------->
//                <-------------------  greeting
//      proof     ------------------->                      where the cluster has a secret
//                <-------------------  proof
//
// Idea      a proof is a keyed sum over both greetings. Each has a nonce of its maker's, so no
//           proof is good for a second connection; and it says whose it is, so none can be
//           sent back to its maker.
// Breaks if  one side may do without: a node with a secret and one without do not connect.
// Breaks if  either proves before it must. The one that listens waits for the other's proof:
//            a stranger gets nothing to guess with.
// Left out  the frames after it. A proof says who is there, not that nobody changes what they
//           say later: that takes TLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.hpp"
#include "v4_replicated_kv/wire/frame.hpp"
#include "v4_replicated_kv/wire/greeting.hpp"

namespace kv {

// The longest body of a frame before a connection is done with this.
inline constexpr std::size_t kHandshakeBodyMax = 64;

// Not thread-safe.
class Handshake {
 public:
  enum class Side : std::uint8_t { dials, listens };

  // The secret is empty where the cluster has none: then whoever reaches the port is believed.
  // `whom` is who should be there, where that is known. `channel` is what the connection is
  // for; the one that listens is told by the other's greeting.
  Handshake(Side side, const Greeting& mine, std::string secret,
            std::optional<NodeId> whom = std::nullopt,
            Channel channel = Channel::control);

  // What the one that dialled says first; the other says nothing.
  [[nodiscard]] std::string first_words() const;

  // What is to be answered to a frame, possibly nothing. After an error the connection is to
  // be closed, without an answer.
  [[nodiscard]] Result<std::string> take(const Frame& frame);

  [[nodiscard]] bool is_done() const { return step_ == Step::done; }

  // Who is there, once it is done.
  [[nodiscard]] const Greeting& peer() const { return theirs_; }
  [[nodiscard]] std::uint16_t version() const { return version_; }
  [[nodiscard]] Channel channel() const { return channel_; }

 private:
  enum class Step : std::uint8_t { greeting, proof, done, failed };

  [[nodiscard]] Result<std::string> greeted(std::string_view body);
  [[nodiscard]] Result<std::string> proved(std::string_view body);
  [[nodiscard]] Result<void> accept(const Greeting& theirs) const;
  [[nodiscard]] std::string proof_of(Side side) const;
  [[nodiscard]] std::string frame_of(FrameKind kind, std::string_view body) const;

  Side side_;
  Greeting mine_;
  std::string secret_;
  std::optional<NodeId> whom_;
  Channel channel_;
  Greeting theirs_;
  std::uint16_t version_ = 0;
  Step step_ = Step::greeting;
};

}  // namespace kv
