// The server behind `listen.grpc`.
//
// Idea      it listens before there is a store behind it, and after: other services (nodes'
//           own) are there from the beginning, and clients hear "not ready" until serve().
// Breaks if  two servers may share a port, as gRPC's default is: each would get some of the
//            other's calls, and neither would complain.
// Breaks if  the loop goes while the server holds it: stop() first, or serve(nullptr).
// Left out  TLS and tokens.
// Threads   any, but not the loop's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/api/grpc/store_request.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace kv {

struct GrpcOptions {
  std::string address = "127.0.0.1:0";  // host:port; port 0: the system chooses
  rpc::RequestLimits limits{};
  std::chrono::milliseconds timeout{2000};  // of a request that names none
  std::size_t calls_max = 4096;             // without an answer; one more is refused,
  std::size_t calls_bytes_max = std::size_t{512} << 20;  // as is one over so many bytes
  // A server that is stopped gives calls so long to end.
  std::chrono::milliseconds drain{5000};
};

class GrpcServer {
 public:
  // Listens. `others` are services of whoever calls this, and live longer than the server.
  // Errc::io where the address cannot be had.
  [[nodiscard]] static Result<std::unique_ptr<GrpcServer>> open(
      const GrpcOptions& options, const std::vector<grpc::Service*>& others = {});

  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;
  ~GrpcServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Clients' calls go to this loop from now on; to none if it is null.
  void serve(ServerLoop* loop);

  // That have no answer yet.
  [[nodiscard]] std::size_t calls() const;

  // Clients' calls that come from now on are refused, those that are there end within the
  // limit. The other services go on: nodes may talk by them until the last answer is out.
  void end_calls();
  // As end_calls(). The other services have to end theirs before: what they still have is cut
  // off.
  void stop();

 private:
  struct Parts;
  explicit GrpcServer(const GrpcOptions& options);

  GrpcOptions options_;
  std::unique_ptr<Parts> parts_;
  std::uint16_t port_ = 0;
};

}  // namespace kv
