// When it is sure that two processes are one node.
#include "v4_replicated_kv/serve/other_lives.hpp"

#include <doctest/doctest.h>

using namespace kv;

TEST_CASE("other lives: one that is seen for long enough is sure, once") {
  OtherLives lives(Tick{10});
  CHECK_FALSE(lives.any());
  CHECK_FALSE(lives.seen("n2", "a:1", Tick{100}));
  CHECK(lives.any() == "a:1");
  CHECK_FALSE(lives.seen("n2", "a:1", Tick{109}));
  CHECK_FALSE(lives.sure());
  CHECK(lives.seen("n2", "a:1", Tick{110}));
  CHECK(lives.sure() == "a:1");
  CHECK_FALSE(lives.seen("n2", "a:1", Tick{111}));
}

TEST_CASE(
    "other lives: a dead one is not seen any more, and what was before is nothing") {
  OtherLives lives(Tick{10});
  CHECK_FALSE(lives.seen("n2", "a:1", Tick{100}));
  lives.gone("n2");
  CHECK_FALSE(lives.any());
  CHECK_FALSE(lives.seen("n2", "a:1", Tick{112}));
  // Another place, another process; and after a pause it begins anew.
  CHECK_FALSE(lives.seen("n2", "b:1", Tick{122}));
  CHECK_FALSE(lives.seen("n2", "b:1", Tick{133}));
  CHECK_FALSE(lives.seen("n2", "b:1", Tick{142}));
  CHECK(lives.seen("n2", "b:1", Tick{143}));
  // What one sees does not add up with what another does.
  CHECK_FALSE(lives.seen("n3", "b:1", Tick{150}));
  CHECK_FALSE(lives.seen("n1", "b:1", Tick{161}));
}
