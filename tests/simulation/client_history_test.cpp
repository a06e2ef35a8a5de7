#include "v4_replicated_kv/simulation/client_history.hpp"

#include <doctest/doctest.h>

#include "tests/simulation/told.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("a history has questions as they were asked, and answers as they came") {
  ClientHistory history;
  const auto first = history.invoke({.client = ClientId{1},
                                     .who = "c1",
                                     .kind = OperationKind::put,
                                     .written = WriteId{7}});
  const auto second =
      history.invoke({.client = ClientId{2}, .who = "c2", .invoked = Tick{5}});
  const auto third =
      history.invoke({.client = ClientId{3}, .who = "c3", .invoked = Tick{5}});
  history.finish(second, Tick{8}, Outcome::ok, ids({7}));
  history.finish(first, Tick{9}, Outcome::unknown);
  REQUIRE(history.operations().size() == 3);
  CHECK(describe(history.operations()[first]) ==
        "put of c1 at t=0..0.009, outcome unknown");
  CHECK(history.operations()[first].effective_until() == kEndOfTime);
  CHECK(describe(history.operations()[second]) == "get of c2 at t=0.005..0.008");
  CHECK(history.operations()[second].seen == ids({7}));
  CHECK(describe(history.operations()[third]) == "get of c3 at t=0.005..");
  history.finish(third, Tick{5}, Outcome::refused);
  CHECK(describe(history.operations()[third]) == "get of c3 at t=0.005..0.005");
}

TEST_CASE("a write is described by what it wrote") {
  CHECK(describe_write(nullptr) == "nothing");
  const ClientOperation seven = put(1, 7, 0, 4);
  CHECK(describe_write(&seven) == "7 (put of c1 at t=0..0.004)");
  const ClientOperation eight = unanswered(remove(2, 8, 3, 4));
  CHECK(describe_write(&eight) == "the delete of c2 at t=0.003.., outcome unknown");
}

TEST_CASE("levels meet where the answers of one cannot all miss those of the other") {
  // Of 3 owners: 1, 2 (a majority), 3, 2.
  const int answers[] = {1, 2, 3, 2};
  for (int a = 0; a < 4; ++a) {
    for (int b = 0; b < 4; ++b) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK(meet(static_cast<Level>(a), static_cast<Level>(b)) ==
            (answers[a] + answers[b] > 3));
    }
  }
}
