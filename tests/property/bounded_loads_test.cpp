// A whole set of keys, placed under a limit, against a walk past all points for each key.
#include "v3_virtual_nodes/alternatives/bounded_loads.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/hash/finalise.hpp"
#include "common/hash/functions.hpp"
#include "tests/property/colliding_hash.hpp"
#include "tests/property/member_walk.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

// The definition of bounded loads: keys one by one, and a walk past all points for each.
template <HashFunction Hash>
std::map<KeyHash, NodeId> bounded_twin(const Hash& hash, std::uint64_t vnodes,
                                       double epsilon, const std::vector<Node>& nodes,
                                       const std::vector<KeyHash>& keys) {
  VirtualNodePlacement ring(hash, vnodes);
  ring.add(nodes);
  double weights = 0;
  for (const Node& node : nodes) weights += node.weight;
  std::map<NodeId, std::int64_t> room;
  for (const Node& node : nodes) {
    const double fair = static_cast<double>(keys.size()) * node.weight / weights;
    room[node.id] = static_cast<std::int64_t>(std::ceil((1 + epsilon) * fair - 1e-9));
  }
  std::map<std::uint64_t, std::pair<KeyHash, std::int64_t>> copies;  // in turn
  for (const KeyHash key : keys) {
    auto& [known, count] = copies[finalise(key.raw())];
    known = key;
    ++count;
  }
  std::map<KeyHash, NodeId> owners;
  for (const auto& [turn, copy] : copies) {
    const auto& [key, count] = copy;
    const auto& points = ring.points();
    const auto start = static_cast<std::size_t>(
        std::ranges::lower_bound(points, position(key), {}, &RingPoint::token) -
        points.begin());
    std::optional<NodeId> fits, open;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const NodeId node = points[(start + i) % points.size()].node;
      if (!fits && room[node] >= count) fits = node;
      if (!open && room[node] > 0) open = node;
    }
    owners[key] = fits ? *fits : open.value();
    room[owners[key]] -= count;
  }
  return owners;
}

template <class P>
std::vector<NodeId> placed(const P& placement, const std::vector<KeyHash>& keys) {
  std::vector<NodeId> owners(keys.size());
  placement.place(keys, owners);
  return owners;
}

// `distinct` keys, some of them many times: now and then more often than a node can take.
std::vector<KeyHash> keys_with_copies(Rng& rng, std::size_t distinct) {
  auto keys = random_keys(rng, distinct);
  for (std::size_t i = 0; i < distinct; ++i) {
    if (rng.below(4) != 0) continue;
    const std::uint64_t most = rng.below(20) == 0 ? distinct : 6;
    keys.insert(keys.end(), rng.below(most), KeyHash{keys[i]});
  }
  return keys;
}

void shuffle(std::vector<KeyHash>& keys, Rng& rng) {
  for (std::size_t i = keys.size(); i > 1; --i)
    std::swap(keys[i - 1], keys[rng.below(i)]);
}

double weight_of(const std::vector<Node>& nodes, NodeId id) {
  return std::ranges::find(nodes, id, &Node::id)->weight;
}

}  // namespace

TEST_CASE("bounded loads: without a crowd, the owner is the one on chapter 3's ring") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto hash = colliding_hash(seed, seed % 2 == 0 ? 40 : UINT64_MAX);
    const auto nodes = random_nodes(rng, 1 + rng.below(20), true);
    BoundedLoadsPlacement placement(hash, 1 + seed % 9);
    VirtualNodePlacement ring(hash, 1 + seed % 9);
    placement.add(nodes);
    ring.add(nodes);
    auto keys = random_keys(rng, 300);
    for (const RingPoint& point : ring.points()) {
      for (const int off : {-1, 0, 1}) {
        keys.emplace_back((point.token.raw() << 16) + static_cast<std::uint64_t>(off));
      }
    }
    REQUIRE(owners_of(placement, keys) == owners_of(ring, keys));
  }
}

TEST_CASE("bounded loads: every key goes where a walk past all points puts it") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Hasher hash(&xxh3, seed);
    const auto nodes = random_nodes(rng, 1 + rng.below(15), seed % 2 == 1);
    const double epsilon = seed % 3 == 0 ? 0.01 : 0.25;
    BoundedLoadsPlacement placement(hash, 1 + seed % 5, epsilon);
    placement.add(nodes);
    const std::size_t count = rng.below(300);
    const auto keys =
        seed % 4 < 2 ? random_keys(rng, count) : keys_with_copies(rng, count);
    const auto twin = bounded_twin(hash, 1 + seed % 5, epsilon, nodes, keys);
    const auto owners = placed(placement, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      CAPTURE(i);
      REQUIRE(owners[i] == twin.at(keys[i]));
    }
  }
}

TEST_CASE("bounded loads: different keys never fill a node beyond its capacity") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 1 + rng.below(60), seed % 2 == 1);
    BoundedLoadsPlacement placement(Hasher(&xxh3, seed), 3, seed % 3 == 0 ? 0.02 : 0.25);
    placement.add(nodes);
    const auto keys = random_keys(rng, 20'000);
    std::map<NodeId, std::uint64_t> load;
    for (const NodeId owner : placed(placement, keys)) ++load[owner];
    for (const auto& [id, held] : load) {
      CHECK(held <= placement.capacity(weight_of(nodes, id), keys.size()));
    }
  }
}

TEST_CASE("bounded loads: a node beyond its capacity holds a key that fitted nowhere") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 1 + rng.below(10), false);
    BoundedLoadsPlacement placement(Hasher(&xxh3, seed), 20);
    placement.add(nodes);
    const auto keys = keys_with_copies(rng, 300);
    const auto owners = placed(placement, keys);
    std::map<NodeId, std::uint64_t> load;
    std::map<NodeId, std::map<KeyHash, std::uint64_t>> copies;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ++load[owners[i]];
      ++copies[owners[i]][keys[i]];
    }
    const std::uint64_t capacity = placement.capacity(1, keys.size());
    for (const auto& [id, held] : load) {
      std::uint64_t most = 0;
      for (const auto& [key, count] : copies[id]) most = std::max(most, count);
      CHECK(held < capacity + most);  // it had some room before that key came
    }
  }
}

TEST_CASE("bounded loads: the set decides, not the order of the keys or of the nodes") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    auto nodes = random_nodes(rng, 1 + rng.below(20), true);
    BoundedLoadsPlacement placement(Hasher(&xxh3, seed), 4, 0.1);
    placement.add(nodes);
    BoundedLoadsPlacement other(Hasher(&xxh3, seed), 4, 0.1);
    std::ranges::reverse(nodes);
    for (const Node& node : nodes) other.add(node);
    auto keys = keys_with_copies(rng, 2000);
    std::map<KeyHash, NodeId> first;
    const auto owners = placed(placement, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto [known, fresh] = first.emplace(keys[i], owners[i]);
      REQUIRE(known->second == owners[i]);  // equal keys have one owner
    }
    shuffle(keys, rng);
    const auto again = placed(other, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) REQUIRE(again[i] == first.at(keys[i]));
  }
}

TEST_CASE(
    "bounded loads: a capacity is what the formula says, not one more by rounding") {
  BoundedLoadsPlacement placement(Hasher(&xxh3), 1, 0.1);
  Rng rng(1);
  placement.add(random_nodes(rng, 10, false));
  CHECK(placement.capacity(1, 1000) == 110);  // 1.1 * 100 is 110.00000000000001
  CHECK(placement.capacity(1, 1001) == 111);
  CHECK(placement.capacity(1, 1) == 1);
  CHECK(placement.capacity(1, 0) == 0);
}
