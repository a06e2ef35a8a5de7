// Several operations of one call.
//
// Idea      they run together, so that their writes share a sync, but so many at a time: one
//           batch leaves room for others.
// Breaks if  each waits for owners that do not answer until its own time is over: one after the
//            other, that would be minutes. Once one had no answer in time, no more are begun.
// Breaks if  what they find is collected without a limit: a thousand short reads of long
//            values would be an answer of many gigabytes.
// Threads   after it was made: the loop's.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <kv/v1/key_value.pb.h>

#include "v4_replicated_kv/api/grpc/answers.hpp"
#include "v4_replicated_kv/api/grpc/open_calls.hpp"
#include "v4_replicated_kv/api/grpc/store_request.hpp"
#include "v4_replicated_kv/runtime/client_port.hpp"

namespace kv::rpc {

class BatchCall : public std::enable_shared_from_this<BatchCall> {
 public:
  // Operations that cannot be have their failures from here on; the others can be asked.
  BatchCall(std::shared_ptr<OpenCall> call, const v1::BatchRequest& request,
            v1::BatchResponse* response, const RequestLimits& limits,
            const CallTime& time);

  [[nodiscard]] bool has_writes() const;

  void start(ClientPort& port);

 private:
  struct Open {
    int place;
    Asked asked;
    Request request;
  };

  void go_on(ClientPort& port);
  void ask(Open& operation, ClientPort& port);
  void take(int place, const Asked& asked, Reply& reply, ClientPort& port);
  void finish();

  std::shared_ptr<OpenCall> call_;
  v1::BatchResponse* response_;
  v1::BatchResponse results_;  // until the call is claimed
  std::vector<Open> operations_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;     // in shares
  bool is_late_ = false;          // something had no answer in time
  std::vector<ValueLoan> loans_;  // of what was found
  std::size_t found_bytes_ = 0;
  std::size_t found_bytes_max_;
};

}  // namespace kv::rpc
