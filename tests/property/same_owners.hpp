// Two rings asked the same questions, those where rings go wrong.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/experiment/setup.hpp"
#include "tests/property/random_cluster.hpp"

namespace kv {

// Keys that matter: random ones, and those on, just before and just after each token.
template <class Ring>
std::vector<KeyHash> telling_keys(const Ring& ring, Rng& rng) {
  std::vector<KeyHash> keys{KeyHash{0}, KeyHash{UINT64_MAX}};
  for (int i = 0; i < 50; ++i) keys.emplace_back(rng.next());
  for (const auto& point : ring.points()) {
    const std::uint64_t at = point.token.raw() << 16;
    for (const std::uint64_t key : {at - 1, at, at + 0xFFFF, at + 0x10000}) {
      keys.emplace_back(key);
    }
  }
  return keys;
}

// Plays random scenarios on both and compares every telling key after every step.
template <class Make, class MakeTwin>
void agree(std::uint64_t seed, bool weighted, Make make, MakeTwin make_twin) {
  CAPTURE(seed);
  Rng rng(seed);
  Scenario scenario = random_scenario(rng, 6, 6);
  for (ClusterState& state : scenario.states) {
    for (Node& node : state.nodes) node.weight = weighted ? node.weight : 1;
  }
  auto ring = make();
  auto twin = make_twin();
  for (const ClusterState& state : scenario.states) {
    enter(state, ring);
    enter(state, twin);
    CHECK(std::ranges::is_sorted(ring.points(), {}, [](auto at) { return at.token; }));
    for (const KeyHash key : telling_keys(ring, rng)) {
      REQUIRE_MESSAGE(ring.owner(key) == twin.owner(key), "key hash ", key.raw());
    }
  }
}

}  // namespace kv
