// The door for clients of Redis: a socket that listens, and what is bounded about all who come.
//
// Idea      one timer for all connections, a second's grain: what it watches for is measured in
//           many of them.
// Breaks if  connections are taken while there are no descriptors: it would try for ever. It
//            pauses until the next second.
// Threads   any, but not the loop's; the loop must have begun. All else happens on its thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/api/resp/session.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"

namespace kv::resp {

struct DoorOptions {
  std::string address = "127.0.0.1";  // a number, no name
  std::uint16_t port = 0;             // 0: any that is free
  std::size_t connections_max = 10'000;
  // A connection ends when a command does not come to its end for so long, or nothing of what
  // is to be written is taken; or when nothing is asked at all (0: never).
  std::chrono::seconds slow{30};
  std::chrono::seconds idle{0};
  // Requests under way, of all connections: less than the node takes, as other doors want some.
  std::size_t asks_max = 3072;
  // Of long commands that come, and as much of answers that wait to leave, in all connections.
  std::size_t held_bytes_max = std::size_t{256} << 20;
  SessionLimits session{};
};

class Door {
 public:
  // Listens from here on. Errc::bad_usage for an address that is none, Errc::io where it cannot
  // be had. The loop outlives the door.
  [[nodiscard]] static Result<std::unique_ptr<Door>> open(ServerLoop& loop,
                                                          const DoorOptions& options);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  // All connections end at once.
  ~Door();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // On the loop's thread.
  [[nodiscard]] std::size_t connections() const;

 private:
  class Room;  // what needs sockets

  explicit Door(ServerLoop& loop) : loop_(loop) {}

  ServerLoop& loop_;
  std::shared_ptr<Room> room_;
  std::uint16_t port_ = 0;
};

}  // namespace kv::resp
