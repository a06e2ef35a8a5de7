// Nodes that join at once, and what may be wrapped to be chosen by name.
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/experiment/any_placement.hpp"
#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"
#include "common/ring/pieces.hpp"
#include "tests/property/member_walk.hpp"
#include "v3_virtual_nodes/alternatives/jump.hpp"
#include "v3_virtual_nodes/alternatives/multi_probe.hpp"
#include "v3_virtual_nodes/alternatives/rendezvous.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"

using namespace kv;

namespace {

// Joined one by one, in two lots, and all together: the same owners.
template <class P>
void check_lots(const P& empty, std::span<const Node> nodes,
                std::span<const KeyHash> keys) {
  P one_by_one = empty, two_lots = empty, together = empty;
  for (const Node& node : nodes) one_by_one.add(node);
  two_lots.add(nodes.first(nodes.size() / 3));
  two_lots.add(nodes.subspan(nodes.size() / 3));
  together.add(nodes);
  CHECK(owners_of(two_lots, keys) == owners_of(one_by_one, keys));
  CHECK(owners_of(together, keys) == owners_of(one_by_one, keys));
}

struct Sizeless {
  void add(const Node& node);
  void remove(NodeId node);
  [[nodiscard]] NodeId owner(KeyHash key) const;
};

}  // namespace

// What cannot say how many bytes it needs is turned away where it is wrapped.
static_assert(Placement<Sizeless>);
static_assert(!std::constructible_from<AnyPlacement, Sizeless>);
static_assert(std::constructible_from<AnyPlacement, JumpPlacement>);

TEST_CASE("nodes that join together own what they would, had they come one by one") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto keys = random_keys(rng, 200);
    const auto equal = random_nodes(rng, 30, false);
    check_lots(RendezvousPlacement(Hasher(&xxh3)), equal, keys);
    check_lots(RendezvousPlacement(Hasher(&xxh3)), random_nodes(rng, 30, true), keys);
    check_lots(MultiProbePlacement(Hasher(&xxh3)), equal, keys);
  }
}

TEST_CASE("65,535 nodes join together in the time of a few tables") {
  Rng rng(1);
  const auto nodes = random_nodes(rng, 65'535, false);
  RendezvousPlacement rendezvous{Hasher(&xxh3)};
  add_all(rendezvous, nodes);
  CHECK(rendezvous.owner(KeyHash{1}).raw() < 65'535);
  MultiProbePlacement probes{Hasher(&xxh3)};
  add_all(probes, nodes);
  CHECK(probes.owner(KeyHash{1}).raw() < 65'535);
}

TEST_CASE("where one of two rings is empty, nothing passes from a node to another") {
  const FastRing empty(Hasher(&xxh3), 8);
  FastRing ring = empty;
  ring.add({.id = NodeId{0}, .name = "a"});
  CHECK(diff(empty, empty).empty());
  CHECK(diff(empty, ring).empty());
  CHECK(diff(ring, empty).empty());
}
