// What waits to be sent to a peer on one channel, as frames.
//
// Idea      everything that is queued goes out together: a frame of sixteen messages costs
//           the sender and the receiver one system call each, as a frame of one does.
// Breaks if  company is waited for. Whoever is ready to write takes what is there.
// Left out  how much may wait: whoever fills it looks at bytes(), and stops in time. Credit, by
//           which a receiver says how much it wants: whoever sends the frames heeds it.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/wire/frame.hpp"

namespace kv {

// The channel that a message goes on.
[[nodiscard]] Channel channel_of(const Message& message);

// Not thread-safe.
class Outbox {
 public:
  Outbox(Policy policy, Channel channel) : policy_(policy), channel_(channel) {}

  // Queues the message. Errc::too_large, and nothing is queued, where no peer would take it.
  [[nodiscard]] Result<void> add(const Message& message);

  // All frames that wait; none wait afterwards.
  [[nodiscard]] std::string take();

  [[nodiscard]] std::size_t bytes() const { return frames_.size() + batch_.size(); }
  [[nodiscard]] bool empty() const { return bytes() == 0; }

 private:
  void close_frame();

  Policy policy_;
  Channel channel_;
  std::string frames_;  // closed
  std::string batch_;   // the body of the next one
};

}  // namespace kv
