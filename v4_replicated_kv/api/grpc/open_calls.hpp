// Calls that have no answer yet.
//
//   gRPC's threads --- open() ---> [ calls ] --- finish() <--- the loop, or the end
//
// Idea      a call ends once, by whoever claims it first: the loop with an answer, or a server
//           that stops and waits no longer. And if nobody wants it any more (the loop died
//           with the request in it), it ends itself.
// Breaks if  a call is forgotten: gRPC waits for it when the server is to end, for ever.
// Breaks if  a call counts for longer than its client waits: who has just been answered would
//            be one too many. It is out of the count before it ends.
// Breaks if  its response is written before it is claimed: two threads would write it.
// Threads   any. The loop's closures may live longer than the server: what they hold then
//           touches nothing of gRPC's any more.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include <grpcpp/server_context.h>
#include <kv/v1/key_value.pb.h>

#include "v4_replicated_kv/api/grpc/unary_answer.hpp"

namespace kv::rpc {

class OpenCalls;

class OpenCall : public std::enable_shared_from_this<OpenCall> {
 public:
  OpenCall(std::shared_ptr<OpenCalls> calls, grpc::CallbackServerContext* context,
           UnaryAnswer* reactor, std::size_t bytes);
  OpenCall(const OpenCall&) = delete;
  OpenCall& operator=(const OpenCall&) = delete;
  ~OpenCall();

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // The store has it from here on: of a write, nobody can promise that it was not made.
  void handed_over(bool is_write) { may_be_written_ = is_write; }

  // True once: whoever is told so fills in the response, and finishes.
  [[nodiscard]] bool claim();
  void finish(std::vector<ValueLoan> loans = {});  // of the response's values
  void finish(const v1::Failure& failure);

  // For who has nothing to fill in: false where somebody else claimed it.
  bool refuse(const v1::Failure& failure);
  // The store will not say anything any more.
  void give_up();

 private:
  std::shared_ptr<OpenCalls> calls_;
  grpc::CallbackServerContext* context_;
  UnaryAnswer* reactor_;
  std::size_t bytes_;  // of its request
  std::atomic<bool> is_claimed_ = false;
  std::atomic<bool> may_be_written_ = false;
};

class OpenCalls : public std::enable_shared_from_this<OpenCalls> {
 public:
  // At most so many calls, whose requests have so many bytes together.
  OpenCalls(std::size_t calls_max, std::size_t bytes_max)
      : calls_max_(calls_max), bytes_max_(bytes_max) {}

  // Null, and the call is over, where there are too many, or no more are taken.
  [[nodiscard]] std::shared_ptr<OpenCall> open(grpc::CallbackServerContext* context,
                                               UnaryAnswer* reactor, std::size_t bytes);

  // No more are taken. Those that are there have so long to end; then they are given up.
  void end(std::chrono::milliseconds patience);

  [[nodiscard]] std::size_t count() const;

 private:
  friend class OpenCall;
  void closed(OpenCall* call);

  const std::size_t calls_max_;
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable all_ended_;
  std::unordered_set<OpenCall*> open_;
  std::size_t bytes_ = 0;  // of their requests
  bool is_ending_ = false;
};

}  // namespace kv::rpc
