// What tests of the gRPC door need: a server on a port of its own, and a client that says in
// plain words how a call ended.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <kv/v1/key_value.grpc.pb.h>

#include "tests/server/asking.hpp"
#include "v4_replicated_kv/api/grpc/grpc_server.hpp"

namespace kv::test {

inline std::string address_of(const GrpcServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

inline std::shared_ptr<grpc::Channel> channel_to(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

inline std::unique_ptr<GrpcServer> opened_grpc(const GrpcOptions& options = {}) {
  auto server = GrpcServer::open(options);
  if (!server) FAIL(server.error().detail);
  return *std::move(server);
}

// How a call ended. `failure` is what came in the trailing metadata.
struct Ended {
  grpc::Status status;
  v1::Failure failure;
  bool has_failure = false;
};

class Client {
 public:
  explicit Client(const std::string& address)
      : stub_(v1::KeyValue::NewStub(channel_to(address))) {}

  void set_deadline(std::chrono::milliseconds deadline) { deadline_ = deadline; }
  [[nodiscard]] v1::KeyValue::Stub& stub() { return *stub_; }

  Ended call(const v1::PutRequest& request, v1::PutResponse& response) {
    return ended([&](grpc::ClientContext& context) {
      return stub_->Put(&context, request, &response);
    });
  }
  Ended call(const v1::GetRequest& request, v1::GetResponse& response) {
    return ended([&](grpc::ClientContext& context) {
      return stub_->Get(&context, request, &response);
    });
  }
  Ended call(const v1::DeleteRequest& request, v1::DeleteResponse& response) {
    return ended([&](grpc::ClientContext& context) {
      return stub_->Delete(&context, request, &response);
    });
  }
  Ended call(const v1::BatchRequest& request, v1::BatchResponse& response) {
    return ended([&](grpc::ClientContext& context) {
      return stub_->Batch(&context, request, &response);
    });
  }
  Ended call(const v1::ScanRequest& request, v1::ScanResponse& response) {
    return ended([&](grpc::ClientContext& context) {
      return stub_->Scan(&context, request, &response);
    });
  }

  // "ok", or the failure's code.
  std::string put(const std::string& key, const std::string& value) {
    v1::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    v1::PutResponse response;
    return word(call(request, response));
  }

  // The value; "-" where there is none; several with | between; or the failure's code.
  std::string get(const std::string& key) {
    v1::GetRequest request;
    request.set_key(key);
    v1::GetResponse response;
    const Ended end = call(request, response);
    if (!end.status.ok()) return word(end);
    std::string text;
    for (const std::string& value : response.values()) {
      if (!text.empty()) text += '|';
      text += value;
    }
    return response.found() ? text : "-";
  }

  static std::string word(const Ended& end) {
    if (end.status.ok()) return "ok";
    return end.has_failure ? v1::Code_Name(end.failure.code())
                           : "without a failure: " + end.status.error_message();
  }

 private:
  template <class Call>
  Ended ended(Call call) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline_);
    Ended end{.status = call(context), .failure = {}};
    const auto& metadata = context.GetServerTrailingMetadata();
    if (const auto at = metadata.find("kv-failure-bin"); at != metadata.end()) {
      const std::string bytes(at->second.data(), at->second.size());
      end.has_failure = end.failure.ParseFromString(bytes);
    }
    return end;
  }

  std::unique_ptr<v1::KeyValue::Stub> stub_;
  std::chrono::milliseconds deadline_{60'000};
};

// A lone node and its door. The door goes first.
struct ServedNode {
  explicit ServedNode(const ServerOptions& options = quick_options(),
                      const GrpcOptions& door_options = {},
                      Policy policy = Policy::last_write_wins)
      : loop(opened(open_lone_server(options, "node1", 16, policy))),
        server(opened_grpc(door_options)),
        client(address_of(*server)) {
    REQUIRE(loop->wait_for(Stage::whole, kPatience));
    server->serve(loop.get());
  }

  std::unique_ptr<ServerLoop> loop;
  std::unique_ptr<GrpcServer> server;
  Client client;
};

}  // namespace kv::test
