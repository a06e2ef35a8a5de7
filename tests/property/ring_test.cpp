#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/experiment/setup.hpp"
#include "common/hash/functions.hpp"
#include "tests/property/colliding_hash.hpp"
#include "tests/property/random_cluster.hpp"
#include "tests/property/same_owners.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

// The dumb twin: every token of every node in no order, and a walk past all of them.
template <HashFunction Hash>
class LinearRing {
 public:
  LinearRing(Hash hash, std::uint64_t vnodes) : hash_(hash), vnodes_(vnodes) {}

  void add(const Node& node) { nodes_.push_back(node); }
  void remove(NodeId id) {
    std::erase_if(nodes_, [=](const Node& node) { return node.id == id; });
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    using Candidate = std::tuple<bool, std::uint64_t, std::string, NodeId>;
    std::optional<Candidate>
        best;  // at or after the key first, then nearest, then by name
    for (const Node& node : nodes_) {
      for (std::uint64_t i = 0; i < tokens_for(node.weight, vnodes_); ++i) {
        const Token token = label_token(hash_, node.name, i);
        const Candidate candidate{token < position(key), token.raw(), node.name, node.id};
        if (!best || candidate < *best) best = candidate;
      }
    }
    return std::get<NodeId>(*best);
  }

 private:
  Hash hash_;
  std::uint64_t vnodes_;
  std::vector<Node> nodes_;
};

}  // namespace

TEST_CASE("the ring gives every key the owner that a walk past all tokens gives") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Hasher hash(&xxh3, seed);
    agree(
        seed, false, [&] { return RingPlacement(hash); },
        [&] { return LinearRing(hash, 1); });
  }
}

TEST_CASE("the same with virtual nodes and weights") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Hasher hash(&xxh3, seed);
    const std::uint64_t vnodes = 1 + seed % 9;
    agree(
        seed, true, [&] { return VirtualNodePlacement(hash, vnodes); },
        [&] { return LinearRing(hash, vnodes); });
  }
}

TEST_CASE("the same when tokens collide, and ties go by name") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto hash = colliding_hash(1 + seed % 7);
    agree(
        seed, true, [&] { return VirtualNodePlacement(hash, 3); },
        [&] { return LinearRing(hash, 3); });
  }
}

TEST_CASE("owners do not depend on the order in which nodes joined") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto hash = colliding_hash(40);
    auto nodes = random_scenario(rng, 8, 0).states[0].nodes;
    VirtualNodePlacement forward(hash, 5);
    VirtualNodePlacement backward(hash, 5);
    for (const Node& node : nodes) forward.add(node);
    std::ranges::reverse(nodes);
    for (const Node& node : nodes) backward.add(node);
    for (const KeyHash key : telling_keys(forward, rng)) {
      REQUIRE(forward.owner(key) == backward.owner(key));
    }
  }
}

TEST_CASE("a change moves keys only to or from the node it is about") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Scenario scenario = random_scenario(rng, 8, 8);
    VirtualNodePlacement ring(Hasher(&xxh3, seed), 1 + rng.below(20));
    enter(scenario.states[0], ring);
    for (std::size_t s = 1; s < scenario.states.size(); ++s) {
      const auto before = ring;
      enter(scenario.states[s], ring);
      const NodeId changed = scenario.states[s].changed;
      for (const KeyHash key : telling_keys(before, rng)) {
        const NodeId from = before.owner(key);
        const NodeId to = ring.owner(key);
        REQUIRE((from == to || from == changed || to == changed));
      }
    }
  }
}

TEST_CASE("one node owns everything") {
  RingPlacement ring{Hasher(&xxh3)};
  ring.add({.id = NodeId{3}, .name = "only"});
  Rng rng(1);
  for (const KeyHash key : telling_keys(ring, rng)) CHECK(ring.owner(key) == NodeId{3});
}

TEST_CASE("a node of any weight above zero has at least one token") {
  VirtualNodePlacement ring(Hasher(&xxh3), 100);
  ring.add({.id = NodeId{0}, .name = "heavy", .weight = 2.5});
  ring.add({.id = NodeId{1}, .name = "light", .weight = 0.000001});
  CHECK(std::ranges::count(ring.points(), NodeId{0}, &RingPoint::node) == 250);
  CHECK(std::ranges::count(ring.points(), NodeId{1}, &RingPoint::node) == 1);
}
