// A request that has to be made again, for tests.
#pragma once

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"

namespace kv {

// Asks n1, whose offer reaches n2 and no acknowledgement n1: the client is told unknown.
inline void leave_first_try_on_one_owner(Table& table, const Request& request) {
  const Ticket first = table.ask(0, request);
  table.deliver(
      [](const Message& message) { return is<Ask>(message) || is<Held>(message); });
  table.deliver_one(between(0, 1));
  table.drop(anything);
  table.pass(2'000'000);
  CHECK(table.now_reply(first).outcome == Outcome::unknown);
  table.drop(anything);
}

}  // namespace kv
