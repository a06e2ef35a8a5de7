#include "v3_virtual_nodes/fast_ring.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "common/ring/pieces.hpp"
#include "tests/property/colliding_hash.hpp"
#include "tests/property/same_owners.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

// The dumb twin of owners(): every token clockwise from the key, until nothing is new.
template <class R>
std::vector<NodeId> walk(const R& ring, KeyHash key, std::size_t most) {
  std::vector<RingPoint> points(ring.points().begin(), ring.points().end());
  const auto first = std::ranges::find_if(
      points, [=](const RingPoint& at) { return at.token >= position(key); });
  std::ranges::rotate(points, first);
  std::vector<NodeId> nodes;
  for (const RingPoint& at : points) {
    if (nodes.size() == most) break;
    if (std::ranges::find(nodes, at.node) == nodes.end()) nodes.push_back(at.node);
  }
  return nodes;
}

bool lies_in(Token at, const MovedRange& range) {
  if (range.after < range.last) return range.after < at && at <= range.last;
  return range.after < at || at <= range.last;  // past twelve o'clock
}

}  // namespace

TEST_CASE("the fast ring and the readable one give every key the same owner") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Hasher hash(&xxh3, seed);
    const std::uint64_t vnodes = 1 + seed % 40;
    agree(
        seed, true, [&] { return FastRing(hash, vnodes); },
        [&] { return VirtualNodePlacement(hash, vnodes); });
  }
}

TEST_CASE("the fast ring agrees when nodes share tokens, down to one token for all") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto hash = colliding_hash(1 + seed % 7);
    agree(
        seed, true, [&] { return FastRing(hash, 3); },
        [&] { return VirtualNodePlacement(hash, 3); });
  }
}

TEST_CASE("the fast ring agrees when tokens crowd into one bucket or at the ends") {
  for (const std::uint64_t mask : {std::uint64_t{0xFFFF0000}, ~std::uint64_t{0} << 60}) {
    // A label's hash is finalised, so the crowding is put into the table itself.
    Rng rng(mask);
    const auto never = [](NodeId left, NodeId right) { return left < right; };
    std::vector<PackedToken> tokens;
    for (std::uint32_t i = 0; i < 300; ++i) {
      tokens.emplace_back(position(KeyHash{rng.next() & mask}), NodeId{i % 5});
    }
    const TokenTable table(tokens, never);
    std::ranges::sort(tokens);
    for (int i = 0; i < 2000; ++i) {
      const KeyHash key{rng.next() & (i % 2 == 0 ? mask : UINT64_MAX)};
      auto at = std::ranges::find_if(
          tokens, [=](PackedToken token) { return token.token() >= position(key); });
      if (at == tokens.end()) at = tokens.begin();
      REQUIRE(table.owner(key) == at->node());
      NodeId found;
      table.find(std::span(&key, 1), std::span(&found, 1));
      REQUIRE(found == at->node());
    }
  }
}

TEST_CASE("many look-ups at once give what one by one gives, on every path") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_scenario(rng, 8, 0).states[0].nodes;
    FastRing ring(colliding_hash(seed % 2 == 0 ? 11 : UINT64_MAX), 1 + seed % 40);
    ring.add(std::span(nodes));
    const auto keys = telling_keys(ring, rng);
    std::vector<NodeId> chosen(keys.size()), portable(keys.size()), wide(keys.size());
    ring.find(keys, chosen);
    ring.table().find_portable(keys, portable);
    if (TokenTable::has_wide_find()) ring.table().find_wide(keys, wide);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      REQUIRE(chosen[i] == ring.owner(keys[i]));
      REQUIRE(portable[i] == chosen[i]);
      if (TokenTable::has_wide_find()) REQUIRE(wide[i] == chosen[i]);
    }
  }
}

TEST_CASE("the fast ring's first N owners are those of a walk past every token") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_scenario(rng, 8, 0).states[0].nodes;
    FastRing fast(Hasher(&xxh3, seed), 1 + seed % 5);
    VirtualNodePlacement readable(Hasher(&xxh3, seed), 1 + seed % 5);
    fast.add(std::span(nodes));
    readable.add(std::span(nodes));
    for (const KeyHash key : telling_keys(fast, rng)) {
      const std::size_t most = rng.below(nodes.size() + 2);
      std::vector<NodeId> found(most);
      found.resize(fast.owners(key, found));
      REQUIRE(found == walk(readable, key, most));
    }
  }
}

TEST_CASE("diff names exactly the positions that change hands, and from whom to whom") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Scenario scenario = random_scenario(rng, 5, 4);
    FastRing ring(colliding_hash(seed % 3 == 0 ? 9 : UINT64_MAX), 1 + seed % 6);
    enter(scenario.states[0], ring);
    for (std::size_t s = 1; s < scenario.states.size(); ++s) {
      const auto before = ring;
      enter(scenario.states[s], ring);
      const auto moved = diff(before, ring);
      auto keys = telling_keys(before, rng);
      const auto more = telling_keys(ring, rng);
      keys.insert(keys.end(), more.begin(), more.end());
      for (const KeyHash key : keys) {
        const auto range = std::ranges::find_if(
            moved, [=](const MovedRange& r) { return lies_in(position(key), r); });
        const NodeId from = before.owner(key);
        const NodeId to = ring.owner(key);
        REQUIRE((range != moved.end()) == (from != to));
        if (from != to) REQUIRE((range->from == from && range->to == to));
      }
      for (std::size_t i = 1; i < moved.size(); ++i) {  // no two that could be one
        const bool touch = moved[i - 1].last == moved[i].after;
        const bool same =
            moved[i - 1].from == moved[i].from && moved[i - 1].to == moved[i].to;
        REQUIRE_FALSE((touch && same));
      }
    }
  }
}

TEST_CASE("1,000 random rings: joins, leaves and weights move no key sideways") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Scenario scenario = random_scenario(rng, 12, 6);
    FastRing ring(Hasher(&xxh3, seed), 1 + rng.below(200));
    enter(scenario.states[0], ring);
    for (std::size_t s = 1; s < scenario.states.size(); ++s) {
      const auto before = ring;
      enter(scenario.states[s], ring);
      const NodeId changed = scenario.states[s].changed;
      const bool heavier = scenario.states[s].action == Action::weight;
      bool gains = false;
      bool gives = false;
      for (const MovedRange& range : diff(before, ring)) {
        REQUIRE((range.from == changed || range.to == changed));
        gains |= range.to == changed;
        gives |= range.from == changed;
      }
      // A weight that grows takes only, one that shrinks gives only.
      if (heavier) REQUIRE_FALSE((gains && gives));
    }
  }
}

TEST_CASE("a snapshot stays as it was while its ring changes") {
  FastRing ring(Hasher(&xxh3), 50);
  ring.add({.id = NodeId{0}, .name = "a"});
  ring.add({.id = NodeId{1}, .name = "b"});
  const auto snapshot = ring.snapshot();
  const auto copy = ring;
  ring.add({.id = NodeId{2}, .name = "c"});
  ring.remove(NodeId{0});
  CHECK(snapshot->size() == 100);
  CHECK(ring.points().size() == 100);
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const KeyHash key{rng.next()};
    REQUIRE(snapshot->owner(key).raw() < 2);
    REQUIRE(copy.owner(key) == snapshot->owner(key));
    REQUIRE(ring.owner(key).raw() > 0);
  }
}

TEST_CASE("a ring takes 65,535 nodes, says so past them, and changes nothing") {
  FastRing ring(Hasher(&xxh3), 1);
  std::vector<Node> nodes;
  for (std::uint32_t i = 0; i < 65'535; ++i) {
    nodes.push_back({.id = NodeId{i}, .name = fmt::format("n{}", i)});
  }
  REQUIRE(ring.try_add(nodes).has_value());
  CHECK(ring.points().size() == 65'535);
  const std::vector<Node> more{{.id = NodeId{65'535}, .name = "one-more"}};
  const auto refused = ring.try_add(more);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::bad_input);
  CHECK(refused.error().detail ==
        "one-more: has id 65535; a ring holds 65,535 nodes, with ids 0 to 65534");
  CHECK(ring.points().size() == 65'535);
}

TEST_CASE("a ring refuses more tokens than it may hold") {
  FastRing ring(Hasher(&xxh3), kTokensMax);
  const std::vector<Node> heavy{{.id = NodeId{0}, .name = "heavy", .weight = 2}};
  const auto refused = ring.try_add(heavy);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().detail ==
        "20000000 tokens are more than a ring holds, 10000000; give nodes fewer");
  CHECK(ring.points().empty());
}

TEST_CASE("a token costs at most 18 bytes of table") {
  for (const std::uint64_t vnodes : {160U, 1000U, 4096U, 20000U}) {
    FastRing ring(Hasher(&xxh3), vnodes);
    for (std::uint32_t i = 0; i < 10; ++i) {
      ring.add({.id = NodeId{i}, .name = fmt::format("n{}", i)});
    }
    CHECK(ring.bytes() <= 18 * 10 * vnodes);
  }
}
