// Where a client's request goes in, whatever door it came through.
//
// Idea      doors (HTTP, RESP, gRPC) turn bytes into requests and replies into bytes; what
//           lies between is one loop's. So all doors have the same coordinator, the same
//           limits and the same answers.
// Breaks if  a door answers from within `done` by a write of its own for each reply: what
//            came together would go out in as many system calls. It collects, and writes
//            after the turn.
// Threads   all of it on the loop's thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/runtime/node_stats.hpp"

namespace kv {

// A member of the cluster, as this node sees it.
struct Neighbour {
  NodeId node{};
  std::string_view state{};  // empty for this node itself
  std::string http{};        // host:port, where it is known
  std::string grpc{};
};

class ClientPort {
 public:
  using Done = std::move_only_function<void(Reply)>;
  using Task = std::move_only_function<void()>;

  ClientPort() = default;
  ClientPort(const ClientPort&) = delete;
  ClientPort& operator=(const ClientPort&) = delete;
  virtual ~ClientPort() = default;

  // `done` is called once, and not before ask() has returned: at the end of this turn of
  // the loop at the earliest, at the request's deadline at the latest. The ticket is the
  // port's.
  virtual void ask(Request request, Done done) = 0;

  // Runs once, when all replies of this turn have been handed out.
  virtual void after_turn(Task what) = 0;

  [[nodiscard]] virtual NodeStats stats() const = 0;

  // Both valid until the loop's next turn.
  [[nodiscard]] virtual const RingState& ring() const = 0;
  [[nodiscard]] virtual const std::vector<Neighbour>& neighbours() const = 0;
};

}  // namespace kv
