// Merging is mathematics, whatever happened before.
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/versioning/replicas.hpp"

using namespace kv;

namespace {

template <class Claim>
void for_three_states(const Claim& claim) {
  for (const Policy policy : {Policy::siblings, Policy::last_write_wins}) {
    CAPTURE(policy);
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      CAPTURE(seed);
      const auto states = random_states(policy, seed);
      Rng rng(seed);
      const auto any = [&]() -> const KeyState& {
        return states[rng.below(states.size())];
      };
      for (int i = 0; i < 30; ++i) claim(policy, any(), any(), any());
    }
  }
}

}  // namespace

TEST_CASE("merge is commutative, associative and idempotent") {
  for_three_states(
      [](Policy policy, const KeyState& a, const KeyState& b, const KeyState& c) {
        REQUIRE(merge(policy, a, b) == merge(policy, b, a));
        REQUIRE(merge(policy, merge(policy, a, b), c) ==
                merge(policy, a, merge(policy, b, c)));
        REQUIRE(merge(policy, a, a) == a);
        REQUIRE(merge(policy, merge(policy, a, b), b) == merge(policy, a, b));
        REQUIRE(merge(policy, a, {}) == a);
      });
}

TEST_CASE("every state that merging makes is one that its policy can have") {
  for_three_states(
      [](Policy policy, const KeyState& a, const KeyState& b, const KeyState&) {
        REQUIRE(is_sound(policy, a));
        REQUIRE(is_sound(policy, merge(policy, a, b)));
      });
}

TEST_CASE("digests are equal if and only if states are") {
  for_three_states(
      [](Policy policy, const KeyState& a, const KeyState& b, const KeyState& c) {
        REQUIRE((digest(policy, a) == digest(policy, b)) == (a == b));
        const KeyState abc = merge(policy, merge(policy, a, b), c);
        const KeyState cba = merge(policy, c, merge(policy, b, a));
        REQUIRE(digest(policy, abc) == digest(policy, cba));
        REQUIRE(digest(policy, a, 1) != digest(policy, a, 2));
      });
}

TEST_CASE("an entry of a vector never falls") {
  VersionVector vector;
  vector.raise({ActorId{2}, 7});
  vector.raise({ActorId{2}, 5});
  vector.raise({ActorId{1}, 0});
  CHECK(vector.at(ActorId{2}) == 7);
  CHECK(vector.size() == 1);
  CHECK(vector.covers({ActorId{2}, 7}));
  CHECK_FALSE(vector.covers({ActorId{2}, 8}));
  CHECK_FALSE(vector.covers({ActorId{1}, 1}));
}

TEST_CASE("histories of two clients join in any order, dots fold into vectors") {
  const Dot a1{ActorId{1}, 1}, a2{ActorId{1}, 2}, b9{ActorId{2}, 9};
  History dotted;
  dotted.add(a2);
  dotted.add(b9);
  CHECK_FALSE(dotted.covers(a1));
  CHECK(dotted.covers(a2));
  CHECK(dotted.size() == 2);
  History upto;
  upto.raise(a2);
  CHECK(upto.covers(a1));
  History both = dotted;
  both.join(upto);
  History other_way = upto;
  other_way.join(dotted);
  CHECK(both == other_way);
  CHECK(both.vector().at(ActorId{1}) == 2);
  CHECK(both.dots().size() == 1);
  both.raise(b9);
  CHECK(both.dots().empty());
  both.add(a1);
  CHECK(both.size() == 2);
}

TEST_CASE("a request that is heard of twice is remembered once") {
  RecentRequests recent;
  for (int i = 0; i < 2; ++i) {
    recent.add({.at = {.counter = 1, .dot = {ActorId{1}, 1}}, .id = RequestId{5}});
    recent.add({.at = {.counter = 2, .dot = {ActorId{1}, 2}}, .id = RequestId{0}});
  }
  CHECK(recent.entries().size() == 1);
}

TEST_CASE("the youngest requests are kept, in whatever order they come") {
  std::vector<RecentRequest> requests;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    requests.push_back(
        {.at = {.counter = i, .dot = {ActorId{1}, i}}, .id = RequestId{i}});
  }
  Rng rng(1);
  for (int round = 0; round < 50; ++round) {
    RecentRequests a, b;
    for (const RecentRequest& request : requests) {
      (rng.below(2) == 0 ? a : b).add(request);
    }
    RecentRequests ab = a;
    ab.join(b);
    b.join(a);
    REQUIRE(ab == b);
    REQUIRE(ab.entries().size() == kRecentRequestsMax);
    CHECK_FALSE(ab.find(RequestId{12}));
    CHECK(ab.find(RequestId{13})->counter == 13);
    CHECK_FALSE(ab.find(RequestId{0}));
    ab.add(requests.back());
    CHECK(ab == b);
  }
}
