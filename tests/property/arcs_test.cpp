#include "common/experiment/arcs.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/experiment/census.hpp"
#include "common/experiment/setup.hpp"
#include "common/hash/functions.hpp"
#include "tests/property/random_cluster.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

void check_same(const FlowMatrix& left, const FlowMatrix& right) {
  const auto expected = left.flows();
  const auto counted = right.flows();
  REQUIRE(counted.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(counted[i].from == expected[i].from);
    REQUIRE(counted[i].to == expected[i].to);
    REQUIRE(counted[i].keys == expected[i].keys);
  }
}

// Random keys, repeats, both ends of the circle, and keys exactly on a token.
template <class R>
std::vector<KeyHash> keys_around(Rng& rng, const R& ring) {
  std::vector<KeyHash> keys{KeyHash{0}, KeyHash{0}, KeyHash{UINT64_MAX}};
  const std::uint64_t count = rng.below(400);
  for (std::uint64_t i = 0; i < count; ++i) keys.emplace_back(rng.next());
  for (const auto& point : ring.points()) {
    keys.emplace_back((point.token.raw() << 16) + rng.below(0x10000));
  }
  return keys;
}

}  // namespace

namespace {

// Counts a random scenario both ways, with keys on the tokens of every state.
template <class R>
void check_scenario(std::uint64_t seed, const R& empty) {
  CAPTURE(seed);
  Rng rng(seed);
  const Scenario scenario = random_scenario(rng, 6, 5);
  std::vector<KeyHash> keys;
  R ring = empty;
  for (const ClusterState& state : scenario.states) {
    enter(state, ring);
    const auto more = keys_around(rng, ring);
    keys.insert(keys.end(), more.begin(), more.end());
  }
  const KeyRanks ranks(keys);
  const std::size_t nodes = scenario.names.size();
  Census census(std::span<const KeyHash>(keys), nodes);
  ArcCount<R> arcs(ranks, nodes);
  ring = empty;
  for (const ClusterState& state : scenario.states) {
    enter(state, ring);
    check_same(census.take(ring), arcs.take(ring));
  }
}

// Few different tokens: nodes share them, before and after.
struct CollidingHash {
  std::uint64_t values;
  std::uint64_t operator()(std::string_view bytes) const { return xxh3(bytes) % values; }
};

}  // namespace

TEST_CASE("counting by arcs gives the flows that asking every key gives") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    check_scenario(seed, VirtualNodePlacement(Hasher(&xxh3, seed), 1 + seed % 12));
    check_scenario(seed, FastRing(Hasher(&xxh3, seed), 1 + seed % 12));
  }
}

TEST_CASE("the same when nodes share tokens") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    check_scenario(seed, VirtualNodePlacement(CollidingHash{1 + seed % 9}, 3));
  }
}

TEST_CASE("a rank is the number of keys at or before a token") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<KeyHash> keys;
    const std::uint64_t count = rng.below(200);
    const std::uint64_t mask =
        seed % 2 == 0 ? UINT64_MAX : 0xFF0000;  // crowded or spread
    for (std::uint64_t i = 0; i < count; ++i) keys.emplace_back(rng.next() & mask);
    const KeyRanks ranks(keys);
    CHECK(ranks.size() == count);
    std::vector<Token> tokens{Token{0}, Token{0xFFFF'FFFF'FFFF}};
    for (const KeyHash key : keys) {
      tokens.push_back(position(key));
      if (position(key).raw() > 0) tokens.emplace_back(position(key).raw() - 1);
    }
    for (const Token token : tokens) {
      const auto walked = std::ranges::count_if(
          keys, [=](KeyHash key) { return position(key) <= token; });
      REQUIRE(ranks.up_to(token) == static_cast<std::uint64_t>(walked));
    }
  }
}
