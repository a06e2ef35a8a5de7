#include "v4_replicated_kv/simulation/client_history.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"

namespace kv {

std::size_t ClientHistory::invoke(ClientOperation asked) {
  KV_CHECK(operations_.empty() || operations_.back().invoked <= asked.invoked,
           "time does not go back");
  KV_CHECK(asked.invoked < kEndOfTime, "no operation begins after the end of time");
  KV_CHECK(asked.is_write() == (asked.written != kNeverWritten),
           "a write has an id of its own, which is not 0, and a read has none");
  KV_CHECK(!asked.returned && asked.outcome == Outcome::unknown && asked.seen.empty(),
           "the answer is told to finish");
  const auto last = answered_.find(asked.client);
  KV_CHECK(last == answered_.end() || last->second < asked.invoked,
           "a client goes on a tick after it was answered, or later");
  operations_.push_back(std::move(asked));
  return operations_.size() - 1;
}

void ClientHistory::finish(std::size_t number, Tick at, Outcome outcome,
                           std::vector<WriteId> seen) {
  KV_CHECK(number < operations_.size(), "what was not asked is not answered");
  ClientOperation& operation = operations_[number];
  KV_CHECK(!operation.returned, "an operation is answered once");
  KV_CHECK(operation.invoked <= at && at < kEndOfTime, "answers come after questions");
  KV_CHECK(seen.empty() || (!operation.is_write() && outcome == Outcome::ok),
           "only a read that succeeds sees something");
  operation.returned = at;
  operation.outcome = outcome;
  operation.seen = std::move(seen);
  Tick& last = answered_[operation.client];
  last = std::max(last, at);
}

void ClientHistory::add(const ClientOperation& operation) {
  KV_CHECK(operation.returned || operation.outcome == Outcome::unknown,
           "who knows the outcome was answered");
  ClientOperation asked = operation;
  asked.returned.reset();
  asked.outcome = Outcome::unknown;
  asked.seen.clear();
  const std::size_t number = invoke(std::move(asked));
  if (!operation.returned) return;
  finish(number, *operation.returned, operation.outcome, operation.seen);
}

ClientHistory as_if_asked(const ClientHistory& history, Level level) {
  ClientHistory same;
  for (ClientOperation operation : history.operations()) {
    operation.level = level;
    same.add(operation);
  }
  return same;
}

}  // namespace kv
