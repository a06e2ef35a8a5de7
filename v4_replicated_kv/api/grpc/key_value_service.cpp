#include "v4_replicated_kv/api/grpc/key_value_service.hpp"

#include <cstdint>
#include <utility>

#include <grpc/support/time.h>

#include "v4_replicated_kv/api/grpc/answers.hpp"
#include "v4_replicated_kv/api/grpc/batch_call.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv::rpc {

namespace {

// Longer than this nobody waits: it is as good as no deadline.
constexpr std::int64_t kSecondsMax = 1'000'000'000;

// After the turn: what the store said of one operation.
template <class Response>
void answer(OpenCall& call, Response* response, const Asked& asked, Reply& reply,
            std::size_t copies) {
  if (!call.claim()) return;
  if (reply.outcome != Outcome::ok) return call.finish(failure_of(asked.verb, reply));
  fill(*response, asked, reply, copies, wall_time());
  call.finish(std::move(reply.loans));
}

}  // namespace

OrFailure<CallTime> KeyValueService::time_of(
    const grpc::CallbackServerContext& context) const {
  using std::chrono::microseconds;
  // Not context.deadline(): a time_point ends in the year 2262, and what is later comes out of
  // it as long past.
  const gpr_timespec deadline = context.raw_deadline();
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  CallTime time{.usual = timeout_, .left = microseconds::max()};
  if (left.tv_sec >= kSecondsMax) return time;
  time.left = std::chrono::seconds(left.tv_sec) + microseconds(left.tv_nsec / 1000);
  if (time.left > microseconds(0)) return time;
  return std::unexpected(
      failure(v1::CODE_TIMEOUT, "the deadline was over before anything was done"));
}

template <class Message, class Response>
grpc::ServerUnaryReactor* KeyValueService::one(grpc::CallbackServerContext* context,
                                               const Message& message,
                                               Response* response) {
  auto* const reactor = new UnaryAnswer(gate_);  // gRPC's, until it is done
  const auto call = calls_->open(context, reactor, message.ByteSizeLong());
  if (!call) return reactor;
  const auto time = time_of(*context);
  if (!time) {
    call->refuse(time.error());
    return reactor;
  }
  auto request = store_request(message, limits_, *time);
  if (!request) {
    call->refuse(request.error());
    return reactor;
  }
  const Asked asked = asked_by(*request);
  gate_.post([call, response, asked,
              request = *std::move(request)](ServerLoop& loop) mutable {
    call->handed_over(asked.verb == Verb::put || asked.verb == Verb::erase);
    loop.ask(std::move(request), [call, response, asked, &loop](Reply reply) {
      loop.after_turn([call, response, asked, &loop, reply = std::move(reply)]() mutable {
        answer(*call, response, asked, reply, loop.ring().table.copies());
      });
    });
  });
  return reactor;
}

grpc::ServerUnaryReactor* KeyValueService::Put(grpc::CallbackServerContext* context,
                                               const v1::PutRequest* request,
                                               v1::PutResponse* response) {
  return one(context, *request, response);
}

grpc::ServerUnaryReactor* KeyValueService::Get(grpc::CallbackServerContext* context,
                                               const v1::GetRequest* request,
                                               v1::GetResponse* response) {
  return one(context, *request, response);
}

grpc::ServerUnaryReactor* KeyValueService::Delete(grpc::CallbackServerContext* context,
                                                  const v1::DeleteRequest* request,
                                                  v1::DeleteResponse* response) {
  return one(context, *request, response);
}

grpc::ServerUnaryReactor* KeyValueService::Scan(grpc::CallbackServerContext* context,
                                                const v1::ScanRequest* request,
                                                v1::ScanResponse* response) {
  return one(context, *request, response);
}

grpc::ServerUnaryReactor* KeyValueService::Batch(grpc::CallbackServerContext* context,
                                                 const v1::BatchRequest* request,
                                                 v1::BatchResponse* response) {
  auto* const reactor = new UnaryAnswer(gate_);  // gRPC's, until it is done
  const auto call = calls_->open(context, reactor, request->ByteSizeLong());
  if (!call) return reactor;
  const auto checked = check(*request, limits_);
  const auto time = time_of(*context);
  if (!checked || !time) {
    call->refuse(checked ? time.error() : checked.error());
    return reactor;
  }
  const auto batch =
      std::make_shared<BatchCall>(call, *request, response, limits_, *time);
  gate_.post([call, batch](ServerLoop& loop) {
    call->handed_over(batch->has_writes());
    batch->start(loop);
  });
  return reactor;
}

}  // namespace kv::rpc
