// kv.v1.KeyValue: a call is brought to the loop, and its answer back.
//
//   gRPC's thread     check, copy -----> [ loop's inbox ]
//   the loop's        ask() ... reply ---> after the turn: fill in, finish
//
// Idea      calls that come together are posted together: the loop is woken once, and they
//           share its turn. Answers are made once the turn's messages are on their way.
// Breaks if  a call that was cancelled is thought to be gone: gRPC keeps its memory until it
//            is finished. So a cancelled call is answered like any other, to nobody; its
//            deadline is the store's own, so that is soon.
// Left out  a thread of its own for answers: finishing a call on the loop's thread writes to
//           its socket there.
// Threads   any; gRPC's own call it.
#pragma once

#include <chrono>
#include <memory>

#include <kv/v1/key_value.grpc.pb.h>

#include "v4_replicated_kv/api/grpc/loop_gate.hpp"
#include "v4_replicated_kv/api/grpc/open_calls.hpp"
#include "v4_replicated_kv/api/grpc/store_request.hpp"

namespace kv::rpc {

class KeyValueService final : public v1::KeyValue::CallbackService {
 public:
  // `timeout` is that of requests which name none.
  KeyValueService(std::shared_ptr<OpenCalls> calls, LoopGate& gate,
                  const RequestLimits& limits, std::chrono::milliseconds timeout)
      : calls_(std::move(calls)), gate_(gate), limits_(limits), timeout_(timeout) {}

  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const v1::PutRequest* request,
                                v1::PutResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const v1::GetRequest* request,
                                v1::GetResponse* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const v1::DeleteRequest* request,
                                   v1::DeleteResponse* response) override;
  grpc::ServerUnaryReactor* Batch(grpc::CallbackServerContext* context,
                                  const v1::BatchRequest* request,
                                  v1::BatchResponse* response) override;
  grpc::ServerUnaryReactor* Scan(grpc::CallbackServerContext* context,
                                 const v1::ScanRequest* request,
                                 v1::ScanResponse* response) override;

 private:
  template <class Message, class Response>
  grpc::ServerUnaryReactor* one(grpc::CallbackServerContext* context,
                                const Message& message, Response* response);
  [[nodiscard]] OrFailure<CallTime> time_of(
      const grpc::CallbackServerContext& context) const;

  std::shared_ptr<OpenCalls> calls_;
  LoopGate& gate_;
  RequestLimits limits_;
  std::chrono::milliseconds timeout_;
};

}  // namespace kv::rpc
