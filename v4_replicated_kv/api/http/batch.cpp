#include "v4_replicated_kv/api/http/batch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "v4_replicated_kv/api/batch_shares.hpp"
#include "v4_replicated_kv/api/request_id.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv::http {

namespace {

constexpr std::size_t kResultBytesMax = std::size_t{32} << 20;

Answer left_out() {
  return answer_of({413, "too_large",
                    "left out: the batch's answer is too long as it is; ask for it in "
                    "another one"});
}

// One result of many: the body that it would have had alone, and whether it is well.
std::string result_text(const Answer& answer) {
  const bool is_ok = answer.status < 400;
  std::string text = is_ok ? R"({"ok":true)" : R"({"ok":false)";
  text += ',';
  return text.append(answer.body, 1);  // without its brace
}

}  // namespace

void Batch::run(ClientPort& port, Operations operations, Common common, Done done) {
  std::make_shared<Batch>(port, std::move(operations), std::move(common), std::move(done))
      ->go_on();
}

Batch::Batch(ClientPort& port, Operations operations, Common common, Done done)
    : port_(port),
      operations_(std::move(operations)),
      common_(std::move(common)),
      done_(std::move(done)),
      results_(operations_.size()) {}

void Batch::go_on() {
  while (next_ < operations_.size() && under_way_ < kBatchShares) begin(next_++);
  if (under_way_ > 0 || next_ < operations_.size()) return;
  std::string body = R"({"results":[)";
  body.reserve(body.size() + result_bytes_ + results_.size() + 2);
  for (const std::string& result : results_) {
    if (body.back() != '[') body += ',';
    body += result;
  }
  body += "]}";
  done_({.body = std::move(body), .loans = std::move(loans_)});
}

void Batch::begin(std::size_t place) {
  OrRefused<Operation>& operation = operations_[place];
  if (!operation) return end(place, answer_of(operation.error()));
  if (is_late_) {
    return end(place, answer_of({504, "timeout",
                                 "not tried: an operation before it had no answer in "
                                 "time; nothing was written"}));
  }
  const bool is_get = operation->verb == Verb::get;
  if (is_get && result_bytes_ > kResultBytesMax) return end(place, left_out());
  Request request = is_get ? common_.read : common_.write;
  request.verb = operation->verb;
  request.key = operation->key;
  request.value = std::move(operation->put.value);
  request.ttl_ms = operation->put.ttl_ms;
  request.context = std::move(operation->put.context);
  if (!is_get) {
    request.id = request_id_of(common_.id, place + 1).value_or(RequestId{0});
  }
  Asked asked{.verb = request.verb,
              .key = std::move(operation->key),
              .copies = port_.ring().table.copies()};
  under_way_ += shares_of(asked.verb == Verb::get);
  port_.ask(std::move(request), [self = shared_from_this(), place,
                                 asked = std::move(asked)](Reply reply) {
    self->under_way_ -= shares_of(asked.verb == Verb::get);
    if (reply.trouble == Trouble::timed_out) self->is_late_ = true;
    const bool is_over = asked.verb == Verb::get && self->result_bytes_ > kResultBytesMax;
    self->end(place, is_over ? left_out() : kv_answer(asked, reply, wall_time()));
    if (!is_over) std::ranges::move(reply.loans, std::back_inserter(self->loans_));
    self->go_on();
  });
}

void Batch::end(std::size_t place, const Answer& answer) {
  results_[place] = result_text(answer);
  result_bytes_ += results_[place].size();
}

}  // namespace kv::http
