// A frame: what one connection carries at a time.
//
//   0       4      6      7         8        12         16            20
//   +-------+------+------+---------+--------+----------+-------------+--------
//   | magic | form | kind | channel | length | body crc | header crc  | body
//   +-------+------+------+---------+--------+----------+-------------+--------
//
// Idea      the header has a checksum of its own, so that a length is believed, and waited
//           for, only where it is what somebody sent.
// Why       256 KiB at most: whatever is sent next waits no longer than that takes. What is
//           longer goes in pieces (pieces.hpp), and others may go between them.
// Breaks if  a reader makes room for what a header announces: a thousand connections that
//            announce and then say nothing would take all memory. The parser holds what came.
// Left out  defence. Checksums find damage; who can change bytes can change sums. On a network
//           that others can write to, the connection has to run inside TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace kv {

enum class FrameKind : std::uint8_t {
  greeting = 1,    // who speaks (greeting.hpp)
  proof = 2,       // and that it knows the cluster's secret (handshake.hpp)
  messages = 3,    // one after the other, all whole (message_bytes.hpp)
  piece = 4,       // of messages that are longer than a frame; more of them follow
  last_piece = 5,  // and these are their end
  credit = 6,      // how many bytes more its sender takes on this channel
};

// Which of several queues a frame belongs to: so that a page of a partition is not what a
// put, or the question who is alive, waits for.
enum class Channel : std::uint8_t {
  control = 1,  // who are you, whom did you know me as, are you alive
  data = 2,     // reads and writes of keys
  bulk = 3,     // partitions
};

inline constexpr std::size_t kFrameHeaderBytes = 20;
inline constexpr std::size_t kFrameBodyMax = std::size_t{256} << 10;

// The body is somebody else's bytes: valid as long as those are.
struct Frame {
  FrameKind kind = FrameKind::messages;
  Channel channel = Channel::data;
  std::string_view body{};
};

// Appends the frame, whose body has 1 to kFrameBodyMax bytes.
void append_frame(std::string& out, const Frame& frame);

// Finds frames in bytes as they come, in whatever portions. Not thread-safe.
class FrameParser {
 public:
  // Takes bodies up to `body_max`: a stranger has no reason to send long ones.
  explicit FrameParser(std::size_t body_max = kFrameBodyMax) : body_max_(body_max) {}
  void set_body_max(std::size_t body_max) { body_max_ = body_max; }

  // Adds what came. Holds no more than that, and drops what was handed out.
  void feed(std::string_view bytes);

  // The next whole frame, valid until the next feed(); nothing while more has to come.
  // Errc::corrupt, with the offset in all that came, for what is no frame, as soon as that is
  // known; from then on always.
  [[nodiscard]] Result<std::optional<Frame>> next();

  // How many bytes wait for the rest of their frame.
  [[nodiscard]] std::size_t waiting() const { return bytes_.size() - taken_; }

 private:
  [[nodiscard]] Result<std::optional<Frame>> refuse(std::string_view what);

  std::size_t body_max_;
  std::string bytes_;
  std::size_t taken_ = 0;      // of bytes_
  std::uint64_t dropped_ = 0;  // before bytes_
  std::optional<Error> failure_;
};

}  // namespace kv
