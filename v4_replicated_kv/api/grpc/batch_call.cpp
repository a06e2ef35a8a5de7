#include "v4_replicated_kv/api/grpc/batch_call.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "v4_replicated_kv/api/batch_shares.hpp"
#include "v4_replicated_kv/api/grpc/failure.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv::rpc {

namespace {

v1::Failure too_much_found() {
  return failure(v1::CODE_TOO_LARGE,
                 "the values of this batch have too many bytes together: ask for this "
                 "key by itself");
}

v1::Failure not_begun() {
  return failure(
      v1::CODE_TIMEOUT,
      "it was not begun: another operation of its batch had no answer in time");
}

}  // namespace

BatchCall::BatchCall(std::shared_ptr<OpenCall> call, const v1::BatchRequest& request,
                     v1::BatchResponse* response, const RequestLimits& limits,
                     const CallTime& time)
    : call_(std::move(call)),
      response_(response),
      found_bytes_max_(limits.batch_bytes_max) {
  results_.mutable_results()->Reserve(request.operations_size());
  for (int place = 0; place < request.operations_size(); ++place) {
    v1::OperationResult* const result = results_.add_results();
    auto operation = store_request(request.operations(place), limits, time);
    if (operation) {
      const Asked asked = asked_by(*operation);
      operations_.push_back({place, asked, *std::move(operation)});
    } else {
      *result->mutable_failure() = std::move(operation.error());
    }
  }
}

bool BatchCall::has_writes() const {
  return std::ranges::any_of(operations_,
                             [](const Open& one) { return one.asked.verb != Verb::get; });
}

void BatchCall::start(ClientPort& port) {
  go_on(port);
}

void BatchCall::go_on(ClientPort& port) {
  while (under_way_ < kBatchShares && next_ < operations_.size()) {
    ask(operations_[next_++], port);
  }
  if (under_way_ > 0 || next_ < operations_.size()) return;
  port.after_turn([self = shared_from_this()] { self->finish(); });
}

void BatchCall::ask(Open& operation, ClientPort& port) {
  const int place = operation.place;
  const Asked asked = operation.asked;
  if (is_late_) {
    *results_.mutable_results(place)->mutable_failure() = not_begun();
    return;
  }
  if (asked.verb == Verb::get && found_bytes_ > found_bytes_max_) {
    *results_.mutable_results(place)->mutable_failure() = too_much_found();
    return;
  }
  under_way_ += shares_of(asked.verb == Verb::get);
  port.ask(std::move(operation.request),
           [self = shared_from_this(), &port, place, asked](Reply reply) {
             self->take(place, asked, reply, port);
           });
}

void BatchCall::take(int place, const Asked& asked, Reply& reply, ClientPort& port) {
  under_way_ -= shares_of(asked.verb == Verb::get);
  is_late_ = is_late_ || reply.trouble == Trouble::timed_out;
  v1::OperationResult& result = *results_.mutable_results(place);
  found_bytes_ += value_bytes(reply.state);
  if (asked.verb == Verb::get && found_bytes_ > found_bytes_max_) {
    *result.mutable_failure() = too_much_found();
  } else {
    fill(result, asked, reply, port.ring().table.copies(), wall_time());
    std::ranges::move(reply.loans, std::back_inserter(loans_));
  }
  go_on(port);
}

void BatchCall::finish() {
  if (!call_->claim()) return;
  response_->Swap(&results_);
  call_->finish(std::move(loans_));
}

}  // namespace kv::rpc
