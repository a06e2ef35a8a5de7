// gRPC's end of a call that has one answer.
//
// Idea      gRPC keeps an answer until its client has room for it. What the answer's values
//           were lent is held as long: a client that calls, and does not read, would else have
//           as much memory as it has calls. Then the loop is woken, for who waits for that.
// Threads   hold(): before Finish(). gRPC's threads end it.
#pragma once

#include <utility>
#include <vector>

#include <grpcpp/support/server_callback.h>

#include "v4_replicated_kv/api/grpc/loop_gate.hpp"
#include "v4_replicated_kv/replication/value_room.hpp"

namespace kv::rpc {

class UnaryAnswer final : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryAnswer(LoopGate& gate) : gate_(gate) {}

  void hold(std::vector<ValueLoan> loans) { loans_ = std::move(loans); }

 private:
  void OnDone() override {
    const bool held_some = !loans_.empty();
    LoopGate& gate = gate_;
    delete this;
    if (held_some) gate.post([](ServerLoop& /*loop*/) {});
  }

  LoopGate& gate_;
  std::vector<ValueLoan> loans_;
};

}  // namespace kv::rpc
