// What the alternatives to the ring claim of themselves.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/hash/functions.hpp"
#include "tests/property/member_walk.hpp"
#include "v3_virtual_nodes/alternatives/anchor.hpp"
#include "v3_virtual_nodes/alternatives/bounded_loads.hpp"
#include "v3_virtual_nodes/alternatives/dx.hpp"
#include "v3_virtual_nodes/alternatives/equal_partitions.hpp"
#include "v3_virtual_nodes/alternatives/jump.hpp"
#include "v3_virtual_nodes/alternatives/maglev.hpp"
#include "v3_virtual_nodes/alternatives/memento.hpp"
#include "v3_virtual_nodes/alternatives/multi_probe.hpp"
#include "v3_virtual_nodes/alternatives/rendezvous.hpp"

using namespace kv;

namespace {

constexpr std::uint32_t kMost = 24;  // members at a time, in all walks

// `claim(name, empty placement, takes weights)` for those whose owners follow from the
// members alone ...
template <class Claim>
void every_memoryless(std::uint64_t seed, Claim claim) {
  const Hasher hash(&xxh3, seed);
  claim("rendezvous", RendezvousPlacement(hash), true);
  claim("bounded loads", BoundedLoadsPlacement(hash, 7), true);
  claim("multi-probe", MultiProbePlacement(hash), false);
}

// ... for those that move no key between two nodes that stay ...
template <class Claim>
void every_minimal(std::uint64_t seed, Claim claim) {
  every_memoryless(seed, claim);
  claim("anchor", AnchorPlacement(kMost + static_cast<std::uint32_t>(seed % 9)), false);
  claim("dx", DxPlacement(32), false);
  claim("memento", MementoPlacement(), false);
  const auto partitions = static_cast<std::uint32_t>(kMost + seed * 37 % 600);
  claim("equal partitions", EqualPartitionsPlacement(partitions), true);
}

// ... and for all nine.
template <class Claim>
void every(std::uint64_t seed, Claim claim) {
  every_minimal(seed, claim);
  claim("jump", JumpPlacement(), false);
  claim("maglev", MaglevPlacement(Hasher(&xxh3, seed)), true);
}

// Chi squared a degree of freedom: 1 on average, if keys find owners by fair lots.
template <class P>
double unevenness(const P& placement, const std::vector<Node>& nodes,
                  std::span<const KeyHash> keys) {
  std::map<NodeId, double> load;
  for (const KeyHash key : keys) ++load[placement.owner(key)];
  double weights = 0, sum = 0;
  for (const Node& node : nodes) weights += node.weight;
  for (const Node& node : nodes) {
    const double fair = static_cast<double>(keys.size()) * node.weight / weights;
    sum += (load[node.id] - fair) * (load[node.id] - fair) / fair;
  }
  return sum / static_cast<double>(nodes.size() - 1);
}

// Random hashes, or for odd seeds what a weak hash would give: consecutive numbers.
std::vector<KeyHash> strong_or_weak_keys(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  if (seed % 2 == 0) return random_keys(rng, count);
  std::vector<KeyHash> keys;
  for (std::uint64_t i = 0; i < count; ++i) keys.emplace_back(seed * 1000 + i);
  return keys;
}

template <class P>
std::map<NodeId, int> census(const P& placement) {
  std::map<NodeId, int> counts;
  for (const std::uint16_t id : placement.table()) ++counts[NodeId{id}];
  return counts;
}

}  // namespace

TEST_CASE("every owner is a member, and a copy gives the same answers") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    every(seed, [=](std::string_view name, auto placement, bool weights) {
      CAPTURE(seed);
      CAPTURE(name);
      MemberWalk walk(seed, kMost, weights);
      for (int step = 0; step < 60; ++step) {
        walk.step(placement);
        const auto copy = placement;
        for (const KeyHash key : random_keys(walk.rng(), 50)) {
          REQUIRE(walk.has(placement.owner(key)));
          REQUIRE(placement.owner(key) == copy.owner(key));
        }
      }
    });
  }
}

TEST_CASE(
    "what is placed by names alone forgets the order of joining, and who has left") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto claim = [=](std::string_view name, auto walked, bool weights) {
      CAPTURE(seed);
      CAPTURE(name);
      auto fresh = walked;
      MemberWalk walk(seed, kMost, weights);
      for (int step = 0; step < 30; ++step) walk.step(walked);
      auto members = walk.members();
      std::ranges::sort(members, {}, &Node::name);
      add_all(fresh, members);
      for (const KeyHash key : random_keys(walk.rng(), 1000)) {
        REQUIRE(walked.owner(key) == fresh.owner(key));
      }
    };
    every_memoryless(seed, claim);
    claim("maglev", MaglevPlacement(Hasher(&xxh3, seed)), true);
  }
}

TEST_CASE("a change moves keys only to or from the node it is about") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    every_minimal(seed, [=](std::string_view name, auto placement, bool weights) {
      CAPTURE(seed);
      CAPTURE(name);
      MemberWalk walk(seed, kMost, weights);
      walk.step(placement);
      const auto keys = random_keys(walk.rng(), 500);
      for (int step = 0; step < 60; ++step) {
        CAPTURE(step);
        const auto before = owners_of(placement, keys);
        const NodeId changed = walk.step(placement);
        const auto after = owners_of(placement, keys);
        for (std::size_t i = 0; i < keys.size(); ++i) {
          const bool stayed = before[i] == after[i];
          REQUIRE((stayed || before[i] == changed || after[i] == changed));
        }
      }
    });
  }
}

TEST_CASE("maglev: a change moves less than 1 % of all keys between nodes that stay") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 2 + rng.below(100), false);
    MaglevPlacement placement(Hasher(&xxh3, seed));
    placement.add(nodes);
    MaglevPlacement smaller = placement;
    smaller.remove(nodes.front().id);
    int sideways = 0;
    for (std::size_t slot = 0; slot < kSlotsSmall; ++slot) {
      const bool its = NodeId{placement.table()[slot]} == nodes.front().id;
      sideways += !its && placement.table()[slot] != smaller.table()[slot] ? 1 : 0;
    }
    CAPTURE(nodes.size());
    CHECK(sideways < kSlotsSmall / 100);  // of all keys, whatever n is
  }
}

TEST_CASE("who returns after the last to leave finds everything as it was") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    every_minimal(seed, [=](std::string_view name, auto placement, bool) {
      CAPTURE(seed);
      CAPTURE(name);
      if (name == "equal partitions") return;  // who gives which part depends on who took
      MemberWalk walk(seed, kMost - 1, false);
      for (int step = 0; step < 40; ++step) walk.step(placement);
      const auto keys = random_keys(walk.rng(), 500);
      const auto before = owners_of(placement, keys);
      const auto members = walk.members();
      if (members.size() < 3) return;
      placement.remove(members[0].id);
      placement.remove(members[1].id);
      placement.add(members[1]);
      placement.add(members[0]);
      REQUIRE(owners_of(placement, keys) == before);
    });
  }
}

TEST_CASE(
    "balance: as even as lots can be, for weak key hashes too, and after removals") {
  std::map<std::string_view, double> sum;
  constexpr int kSeeds = 16;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 60, false);
    const auto claim = [&](std::string_view name, auto placement, bool) {
      add_all(placement, nodes);
      std::vector<Node> members = nodes;
      while (members.size() > 40 && name != "jump") {  // forty remain, twenty holes
        const auto leaver = members.begin() + static_cast<int>(rng.below(members.size()));
        placement.remove(leaver->id);
        members.erase(leaver);
      }
      sum[name] += unevenness(placement, members, strong_or_weak_keys(seed, 40'000));
    };
    claim("rendezvous", RendezvousPlacement(Hasher(&xxh3, seed)), true);
    claim("jump", JumpPlacement(), false);
    claim("anchor", AnchorPlacement(100), false);
    claim("dx", DxPlacement(128), false);
    claim("memento", MementoPlacement(), false);
  }
  for (const auto& [name, total] : sum) {
    CAPTURE(name);
    CHECK(total / kSeeds == doctest::Approx(1).epsilon(0.2));  // four standard deviations
  }
}

TEST_CASE("balance: multi-probe's largest share is within 15 % of the mean") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    MultiProbePlacement placement(Hasher(&xxh3, seed));
    add_all(placement, random_nodes(rng, 20, false));
    std::map<NodeId, int> load;
    for (const KeyHash key : strong_or_weak_keys(seed, 200'000))
      ++load[placement.owner(key)];
    for (const auto& [id, keys] : load) CHECK(keys < 11'500);
  }
}

TEST_CASE("balance: maglev's nodes hold equal numbers of slots, to one") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 1 + rng.below(700), false);
    MaglevPlacement placement(Hasher(&xxh3, seed));
    placement.add(nodes);
    const int slots = static_cast<int>(placement.table().size());
    CHECK(slots == (nodes.size() > 655 ? 655'373 : 65'537));
    const int least = slots / static_cast<int>(nodes.size());
    for (const auto& [id, count] : census(placement)) {
      CHECK((count == least || count == least + 1));
    }
  }
}

TEST_CASE(
    "balance: equal nodes hold equal numbers of partitions, to one, after any history") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    const auto partitions = static_cast<std::uint32_t>(kMost + seed * 37 % 600);
    EqualPartitionsPlacement placement(partitions);
    MemberWalk walk(seed, kMost, false);
    for (int step = 0; step < 100; ++step) {
      walk.step(placement);
      const int least = static_cast<int>(partitions / walk.members().size());
      for (const auto& [id, count] : census(placement)) {
        REQUIRE((count == least || count == least + 1));
      }
    }
  }
}

TEST_CASE("weights: shares follow them") {
  double sum = 0;
  constexpr int kSeeds = 16;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 40, true);
    double weights = 0;
    for (const Node& node : nodes) weights += node.weight;
    RendezvousPlacement rendezvous(Hasher(&xxh3, seed));
    add_all(rendezvous, nodes);
    sum += unevenness(rendezvous, nodes, strong_or_weak_keys(seed, 40'000));
    MaglevPlacement maglev(Hasher(&xxh3, seed));
    maglev.add(nodes);
    EqualPartitionsPlacement partitions(1000);
    partitions.add(nodes);
    auto slots = census(maglev);
    auto parts = census(partitions);
    for (const Node& node : nodes) {
      const double share = node.weight / weights;
      CHECK(std::abs(slots[node.id] - share * kSlotsSmall) < 1 + 41 * share);
      CHECK(std::abs(parts[node.id] - share * 1000) < 1);
    }
  }
  CHECK(sum / kSeeds == doctest::Approx(1).epsilon(0.2));
}

TEST_CASE("weights: partitions stay within one of fair on random walks") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    EqualPartitionsPlacement placement(400);
    MemberWalk walk(seed, kMost, true);
    for (int step = 0; step < 100; ++step) {
      walk.step(placement);
      double weights = 0;
      for (const Node& node : walk.members()) weights += node.weight;
      auto held = census(placement);
      for (const Node& node : walk.members()) {
        REQUIRE(std::abs(held[node.id] - 400 * node.weight / weights) < 1);
      }
    }
  }
}

TEST_CASE("a full house: as many nodes as there is room for, and each owns its share") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 16, false);
    const auto claim = [&](auto placement) {
      CAPTURE(seed);
      add_all(placement, nodes);
      const auto keys = strong_or_weak_keys(seed, 16'000);
      CHECK(unevenness(placement, nodes, keys) < 3);  // five standard deviations
    };
    claim(AnchorPlacement(16));
    claim(DxPlacement(16));
    claim(EqualPartitionsPlacement(16));
  }
}
