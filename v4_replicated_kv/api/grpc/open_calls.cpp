#include "v4_replicated_kv/api/grpc/open_calls.hpp"

#include <utility>
#include <vector>

#include "v4_replicated_kv/api/grpc/failure.hpp"

namespace kv::rpc {

namespace {

void finish_with(const v1::Failure& failure, grpc::CallbackServerContext& context,
                 grpc::ServerUnaryReactor& reactor) {
  context.AddTrailingMetadata(kFailureMetadata, failure.SerializeAsString());
  reactor.Finish(status_of(failure));
}

}  // namespace

OpenCall::OpenCall(std::shared_ptr<OpenCalls> calls, grpc::CallbackServerContext* context,
                   UnaryAnswer* reactor, std::size_t bytes)
    : calls_(std::move(calls)), context_(context), reactor_(reactor), bytes_(bytes) {}

OpenCall::~OpenCall() {
  give_up();
}

bool OpenCall::claim() {
  if (is_claimed_.exchange(true)) return false;
  calls_->closed(this);
  return true;
}

void OpenCall::finish(std::vector<ValueLoan> loans) {
  reactor_->hold(std::move(loans));
  reactor_->Finish(grpc::Status::OK);
}

void OpenCall::finish(const v1::Failure& failure) {
  finish_with(failure, *context_, *reactor_);
}

bool OpenCall::refuse(const v1::Failure& failure) {
  if (!claim()) return false;
  finish(failure);
  return true;
}

void OpenCall::give_up() {
  if (!claim()) return;
  const bool may_be_written = may_be_written_;
  v1::Failure why =
      failure(v1::CODE_NOT_READY,
              may_be_written ? "this node was stopped: a write may be there, or come yet"
                             : "this node has not started yet, or stops: ask another");
  why.set_outcome_unknown(may_be_written);
  finish(why);
}

std::shared_ptr<OpenCall> OpenCalls::open(grpc::CallbackServerContext* context,
                                          UnaryAnswer* reactor, std::size_t bytes) {
  auto call = std::make_shared<OpenCall>(shared_from_this(), context, reactor, bytes);
  bool is_ending = false;
  {
    const std::scoped_lock lock(mutex_);
    is_ending = is_ending_;
    // One call is always taken, however long.
    const bool fits = open_.empty() || bytes_ + bytes <= bytes_max_;
    if (!is_ending && open_.size() < calls_max_ && fits) {
      open_.insert(call.get());
      bytes_ += bytes;
      return call;
    }
  }
  if (is_ending) {
    call->give_up();
  } else {
    call->refuse(
        failure(v1::CODE_OVERLOADED,
                "this node has as many calls as it takes: try again, or another one"));
  }
  return nullptr;
}

void OpenCalls::closed(OpenCall* call) {
  const std::scoped_lock lock(mutex_);
  if (open_.erase(call) > 0) bytes_ -= call->bytes();
  if (open_.empty()) all_ended_.notify_all();
}

void OpenCalls::end(std::chrono::milliseconds patience) {
  std::vector<std::shared_ptr<OpenCall>> left;
  {
    std::unique_lock lock(mutex_);
    is_ending_ = true;
    all_ended_.wait_for(lock, patience, [&] { return open_.empty(); });
    // One that is just going, in its destructor, waits for the lock, and ends itself.
    for (OpenCall* const call : open_) {
      if (auto held = call->weak_from_this().lock()) left.push_back(std::move(held));
    }
  }
  for (const auto& call : left) call->give_up();
}

std::size_t OpenCalls::count() const {
  const std::scoped_lock lock(mutex_);
  return open_.size();
}

}  // namespace kv::rpc
