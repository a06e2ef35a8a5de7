// Many operations in one request.
//
// Idea      they run side by side, so that a batch of puts shares a sync, and each has an
//           answer of its own, in the order in which they were asked. A batch is no
//           transaction: half of it may fail, and two operations on one key have no order.
// Breaks if  all gets are on their way at once: a thousand values of 16 MiB. A few are, and
//           once the answer is too long as it is, no more are begun, nor kept.
// Threads   the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "v4_replicated_kv/api/http/json_body.hpp"
#include "v4_replicated_kv/api/http/kv_answer.hpp"
#include "v4_replicated_kv/runtime/client_port.hpp"

namespace kv::http {

class Batch : public std::enable_shared_from_this<Batch> {
 public:
  using Operations = std::vector<OrRefused<Operation>>;
  using Done = std::move_only_function<void(Answer)>;

  // What all its requests have in common; the batch's id counts on for each.
  struct Common {
    Request read{};
    Request write{};
    std::string id{};  // empty: none
  };

  // `done` is called once, not before this has returned unless there is nothing to wait for.
  static void run(ClientPort& port, Operations operations, Common common, Done done);

  Batch(ClientPort& port, Operations operations, Common common, Done done);

 private:
  void go_on();
  void begin(std::size_t place);
  void end(std::size_t place, const Answer& answer);

  ClientPort& port_;
  Operations operations_;
  Common common_;
  Done done_;
  std::vector<std::string> results_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;  // in shares
  std::size_t result_bytes_ = 0;
  std::vector<ValueLoan> loans_;  // of what is in the results
  bool is_late_ = false;  // something had no answer in time: nothing more is begun
};

}  // namespace kv::http
