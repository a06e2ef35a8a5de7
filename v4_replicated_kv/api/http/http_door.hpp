// Where clients that speak HTTP come in.
//
// Idea      everything that a connection may take is bounded: how long a request may need to
//           come and an answer to leave, how much is kept of either, how many there are. One
//           look at all of them a few times a second finds those whose time is over; a timer
//           for each would cost more than the request.
// Breaks if  accepting goes on when the process has no descriptors left: the system says so
//            again at once, and the loop does nothing else.
// Threads   any; the connections live on the loop's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/api/http/add_server.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::http {

struct DoorOptions {
  std::string host =
      "127.0.0.1";         // an address, not a name: names are looked up by waiting
  std::uint16_t port = 0;  // 0: a free one
  // That it has beside localhost: see foreign_pages.hpp.
  std::vector<std::string> names{};
  std::size_t value_bytes_max = kValueBytesMax;
  AddServer add_server = {};  // empty: not done here
  std::size_t connections_max = 20'000;
  // Of bodies that come, and of answers that wait to leave, in all connections.
  std::size_t held_bytes_max = std::size_t{256} << 20;
  // A body and an answer have this long, and then have to move at this speed at least.
  std::chrono::milliseconds patience{10'000};
  std::size_t bytes_per_second_min = std::size_t{16} << 10;
  std::chrono::milliseconds head{10'000};  // for a head to come
  std::chrono::milliseconds idle{60'000};  // between two requests
};

class Room;

class HttpDoor {
 public:
  // Opens it. bad_usage for a host that is no address, io where nobody can listen there. The
  // loop runs, and outlives the door.
  [[nodiscard]] static Result<std::unique_ptr<HttpDoor>> open(ServerLoop& loop,
                                                              const DoorOptions& options);

  HttpDoor(const HttpDoor&) = delete;
  HttpDoor& operator=(const HttpDoor&) = delete;
  // Ends all connections at once. A loop that is stopped closes what listens itself, and lets
  // answers leave.
  ~HttpDoor();

  // The one that it listens on.
  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Connections that are open now.
  [[nodiscard]] std::size_t connections() const;

 private:
  HttpDoor(ServerLoop& loop, std::shared_ptr<Room> room, std::uint16_t port);

  ServerLoop& loop_;
  std::shared_ptr<Room> room_;
  std::uint16_t port_;
};

}  // namespace kv::http
