// A node that serves: its loop, and the doors by which clients come to it.
//
// Idea      put together here and nowhere else, in the order in which each needs the one before,
//           and taken apart backwards: first nobody new comes in, then those who are inside get
//           their answers, then the log is sealed.
// Threads   one, which is none of the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/api/grpc/grpc_server.hpp"
#include "v4_replicated_kv/api/http/http_door.hpp"
#include "v4_replicated_kv/api/resp/door.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/server/open_server.hpp"

namespace kv {

class RunningNode {
 public:
  // The node takes its place in the cluster, and opens the doors that the settings name;
  // `grpc` is open already, and hears of the node. `before` had them until now: it goes when
  // the node is there, however long its log takes to read. Errors as of open_server(), and io
  // where a door cannot be opened.
  [[nodiscard]] static Result<std::unique_ptr<RunningNode>> start(
      const Settings& settings, const NodePlace& place,
      const ServerLoop::MakeTransport& make_transport, GrpcServer* grpc,
      http::AddServer add_server = {}, std::unique_ptr<RunningNode> before = {});

  RunningNode(const RunningNode&) = delete;
  RunningNode& operator=(const RunningNode&) = delete;
  // As stop().
  ~RunningNode();

  [[nodiscard]] ServerLoop& loop() { return *loop_; }
  // 0 where there is no such door.
  [[nodiscard]] std::uint16_t http_port() const {
    return http_ == nullptr ? std::uint16_t{0} : http_->port();
  }

  // Where its clients come in: a line for each door but gRPC's.
  void tell_doors(const ListenSettings& listen, const EventLog& log) const;

  // Names in the settings the ports that it has: clients find the node that comes after it
  // where they found this one.
  void keep_ports(ListenSettings& listen) const;

  // As stop(), but gRPC's server goes on: for the node that comes after this one.
  void make_way();

  // Returns once all that was under way is answered, or its time is over, and the log is sealed.
  void stop();

 private:
  RunningNode(std::unique_ptr<ServerLoop> loop, GrpcServer* grpc);
  [[nodiscard]] Result<void> open_doors(const Settings& settings,
                                        http::AddServer add_server);

  std::unique_ptr<ServerLoop> loop_;
  GrpcServer* grpc_;
  std::unique_ptr<http::HttpDoor> http_;
  std::unique_ptr<resp::Door> resp_;
};

// The line for gRPC's door, which is open before any node.
void tell_grpc_door(const Address& asked, const GrpcServer& server, const EventLog& log);

}  // namespace kv
