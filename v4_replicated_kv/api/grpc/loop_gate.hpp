// The loop that calls are for, if it is there yet.
//
// Idea      a server listens before its node has a loop: nodes that form a cluster ask each
//           other first. Until then, and from the end on, clients are told to go elsewhere.
// Threads   any.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "v4_replicated_kv/server/server_loop.hpp"

namespace kv::rpc {

class LoopGate {
 public:
  // Null closes it. Whoever closes it may then let the loop go.
  void set(ServerLoop* loop) {
    const std::scoped_lock lock(mutex_);
    loop_ = loop;
  }

  // Runs `what` on the loop's thread; false where there is no loop, and `what` is gone then.
  template <class What>
  bool post(What what) {
    const std::scoped_lock lock(mutex_);
    if (loop_ == nullptr) return false;
    return loop_->post([loop = loop_, what = std::move(what)]() mutable { what(*loop); });
  }

 private:
  std::mutex mutex_;
  ServerLoop* loop_ = nullptr;
};

}  // namespace kv::rpc
