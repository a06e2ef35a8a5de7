// Each alternative against its definition, said as plainly and slowly as possible.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/hash/finalise.hpp"
#include "common/hash/functions.hpp"
#include "tests/property/colliding_hash.hpp"
#include "tests/property/member_walk.hpp"
#include "v3_virtual_nodes/alternatives/anchor.hpp"
#include "v3_virtual_nodes/alternatives/jump.hpp"
#include "v3_virtual_nodes/alternatives/maglev.hpp"
#include "v3_virtual_nodes/alternatives/memento.hpp"
#include "v3_virtual_nodes/alternatives/multi_probe.hpp"
#include "v3_virtual_nodes/alternatives/rendezvous.hpp"

using namespace kv;

namespace {

// AnchorHash and MementoHash with the memory that they avoid: every removal keeps the
// whole list of who remained. The last of the list takes a bucket's place in it.
class SnapshotTwin {
 public:
  explicit SnapshotTwin(std::optional<std::uint32_t> capacity) : fixed_(capacity) {
    for (std::uint32_t b = 0; b < capacity.value_or(0); ++b) working_.push_back(b);
    for (std::uint32_t b = capacity.value_or(0); b > 0; --b) empty(b - 1);
    node_.resize(working_.size() + removed_.size());
  }

  void add(const Node& node) {
    if (removed_.empty()) {
      working_.push_back(static_cast<std::uint32_t>(node_.size()));
      node_.push_back(node.id);
      return;
    }
    working_ = removed_.back().before;
    node_[removed_.back().bucket] = node.id;
    remained_.erase(removed_.back().bucket);
    removed_.pop_back();
  }

  void remove(NodeId node) {
    const std::uint32_t b = static_cast<std::uint32_t>(
        std::ranges::find(node_, std::optional(node)) - node_.begin());
    if (!fixed_ && removed_.empty() && b + 1 == node_.size()) {
      std::erase(working_, b);
      node_.pop_back();
      return;
    }
    empty(b);
    node_[b].reset();
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    const std::uint64_t mixed = finalise(key.raw());
    std::uint64_t b = fixed_ ? scaled(mixed, *fixed_)
                             : jump(mixed, static_cast<std::uint32_t>(node_.size()));
    while (!node_[b]) {
      const auto& remained = remained_.at(static_cast<std::uint32_t>(b));
      b = remained[scaled(redraw(mixed, b), remained.size())];
    }
    return *node_[b];
  }

 private:
  using Buckets = std::vector<std::uint32_t>;
  struct Removed {
    std::uint32_t bucket;
    Buckets before;
  };

  void empty(std::uint32_t b) {
    removed_.push_back({b, working_});
    *std::ranges::find(working_, b) = working_.back();
    working_.pop_back();
    remained_[b] = working_;
  }

  std::optional<std::uint32_t> fixed_;
  std::vector<std::optional<NodeId>> node_;
  Buckets working_;
  std::vector<Removed> removed_;
  std::map<std::uint32_t, Buckets> remained_;
};

template <class P>
void agrees_with_snapshots(std::uint64_t seed, P placement, SnapshotTwin twin) {
  CAPTURE(seed);
  MemberWalk walk(seed, 16, false);
  MemberWalk twin_walk(seed, 16, false);
  for (int step = 0; step < 80; ++step) {
    CAPTURE(step);
    walk.step(placement);
    twin_walk.step(twin);
    for (int i = 0; i < 50; ++i) {
      const KeyHash key{walk.rng().next()};
      REQUIRE(twin_walk.rng().next() == key.raw());
      REQUIRE(placement.owner(key) == twin.owner(key));
    }
  }
}

// A key whose first draw decides by a hair whether some size of 1 to 1000 is jumped over:
// the generator run backwards from such a draw.
std::uint64_t key_on_the_edge(Rng& rng) {
  const std::uint64_t draw = (1ULL << 31) / (1 + rng.below(1000)) + rng.below(2);
  const std::uint64_t seed = (draw - 1) << 33 | rng.next() >> 31;
  std::uint64_t inverse = 1;  // of the odd multiplier, modulo 2^64: Newton's method
  for (int i = 0; i < 6; ++i) inverse *= 2 - 2862933555777941757 * inverse;
  return (seed - 1) * inverse;
}

}  // namespace

TEST_CASE("anchor answers as if every removal had kept a list of who remained") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto capacity = static_cast<std::uint32_t>(16 + seed % 10);
    agrees_with_snapshots(seed, AnchorPlacement(capacity), SnapshotTwin(capacity));
  }
}

TEST_CASE("memento answers as if every removal had kept a list of who remained") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    agrees_with_snapshots(seed, MementoPlacement(), SnapshotTwin(std::nullopt));
  }
}

TEST_CASE("memento without removals is jump, and so it is when the last ones left") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    auto nodes = random_nodes(rng, 5 + rng.below(50), false);
    MementoPlacement memento;
    add_all(memento, nodes);
    for (; nodes.size() > 4; nodes.pop_back()) {
      JumpPlacement plain;
      add_all(plain, nodes);
      const auto keys = random_keys(rng, 100);
      REQUIRE(owners_of(memento, keys) == owners_of(plain, keys));
      memento.remove(nodes.back().id);
    }
  }
}

TEST_CASE("jump is a walk through all sizes, moving on where the key's draw says so") {
  Rng rng(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = i % 2 == 0 ? rng.next() : key_on_the_edge(rng);
    const auto places = static_cast<std::uint32_t>(1 + rng.below(1000));
    std::uint64_t seed = key, place = 0, draw = 0;  // of 2^31
    const auto again = [&] {
      seed = seed * 2862933555777941757 + 1;
      draw = (seed >> 33) + 1;
    };
    again();
    for (std::uint64_t size = 1; size < places;
         ++size) {  // one place more: number `size`
      if ((size + 1) * draw <= (place + 1) << 31)
        continue;  // draw <= (place + 1)/(size + 1)
      place = size;
      again();
    }
    CAPTURE(key);
    REQUIRE(jump(key, places) == place);
  }
}

TEST_CASE("jump gives the places that other libraries give") {
  CHECK(jump(10863919174838991, 11) == 6);
  CHECK(jump(2016238256797177309, 11) == 3);
  CHECK(jump(1673758223894951030, 11) == 5);
  CHECK(jump(2, 100'001) == 80'343);
  CHECK(jump(2201, 100'001) == 22'152);
  CHECK(jump(2202, 100'001) == 15'018);
}

TEST_CASE(
    "jump: the last may come and go; one from the middle costs the last one's keys") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto nodes = random_nodes(rng, 3 + rng.below(20), false);
    JumpPlacement placement;
    add_all(placement, nodes);
    const NodeId last = nodes.back().id;
    const NodeId middle = nodes[rng.below(nodes.size() - 1)].id;
    JumpPlacement without_last = placement;
    JumpPlacement without_middle = placement;
    without_last.remove(last);
    without_middle.remove(middle);
    int sideways = 0;
    for (const KeyHash key : random_keys(rng, 2000)) {
      const NodeId owner = placement.owner(key);
      const NodeId now = without_middle.owner(key);
      if (owner != last) REQUIRE(without_last.owner(key) == owner);
      if (owner == middle) REQUIRE(now == last);
      if (owner != middle && owner != last) REQUIRE(now == owner);
      sideways += owner == last && now != last ? 1 : 0;
    }
    const double n = static_cast<double>(nodes.size());
    const double expected = 2000 / n * (n - 2) / (n - 1);
    CHECK(std::abs(sideways - expected) < 5 * std::sqrt(expected));
  }
}

TEST_CASE("rendezvous is the largest of all scores, or the shortest wait with std::log") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Hasher hash(&xxh3, seed);
    const auto nodes = random_nodes(rng, 1 + rng.below(20), seed % 3 != 0);
    RendezvousPlacement placement(hash);
    add_all(placement, nodes);
    for (const KeyHash key : random_keys(rng, 500)) {
      std::vector<std::pair<long double, NodeId>> waits;
      for (const Node& node : nodes) {
        const std::uint64_t score =
            finalise(finalise(key.raw()) ^ finalise(hash(node.name)));
        const long double u =
            (static_cast<long double>(score >> 12) + 0.5L) / (1ULL << 52);
        waits.emplace_back(-std::log(u) / static_cast<long double>(node.weight), node.id);
      }
      REQUIRE(placement.owner(key) == std::ranges::min(waits).second);
    }
  }
}

TEST_CASE("the waiting time is -ln u, from the smallest draw to the largest") {
  Rng rng(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t bits = i == 0   ? 0
                               : i == 1 ? UINT64_MAX
                               : i % 2  ? rng.next() >> rng.below(64)
                                        : ~(rng.next() >> rng.below(64));
    const long double u = (static_cast<long double>(bits >> 12) + 0.5L) / (1ULL << 52);
    const long double exact = -std::log(u);
    CAPTURE(bits);
    REQUIRE(std::abs(waiting_time(bits) - exact) <= 1e-14L * exact);
  }
}

TEST_CASE("rendezvous gives a tie to the first name") {
  RendezvousPlacement placement([](std::string_view) { return 7U; });  // all seeds alike
  placement.add({.id = NodeId{0}, .name = "b"});
  placement.add({.id = NodeId{1}, .name = "a"});
  placement.add({.id = NodeId{2}, .name = "c"});
  Rng rng(1);
  for (const KeyHash key : random_keys(rng, 50)) CHECK(placement.owner(key) == NodeId{1});
}

TEST_CASE("maglev fills its table as the paper says, by turns, from whole permutations") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Hasher hash(&xxh3, seed);
    auto nodes = random_nodes(rng, 1 + rng.below(9), seed % 2 == 1);
    MaglevPlacement placement(hash);
    placement.add(nodes);
    std::ranges::sort(nodes, {}, &Node::name);
    const double heaviest = std::ranges::max(nodes, {}, &Node::weight).weight;
    std::vector<std::int64_t> table(kSlotsSmall, -1);
    std::vector<std::uint64_t> next(nodes.size()), turns(nodes.size());
    std::uint32_t filled = 0;
    for (std::uint64_t round = 0; filled < kSlotsSmall; ++round) {
      for (std::size_t i = 0; i < nodes.size() && filled < kSlotsSmall; ++i) {
        const double due = static_cast<double>(turns[i]) * (heaviest / nodes[i].weight);
        if (due >= static_cast<double>(round + 1)) continue;
        const std::uint64_t own = hash(nodes[i].name);
        const std::uint64_t offset = scaled(redraw(own, 0), kSlotsSmall);
        const std::uint64_t skip = 1 + scaled(redraw(own, 1), kSlotsSmall - 1);
        const auto slot = [&] { return (offset + next[i] * skip) % kSlotsSmall; };
        while (table[slot()] >= 0) ++next[i];
        table[slot()] = nodes[i].id.raw();
        ++turns[i];
        ++filled;
      }
    }
    CHECK(std::ranges::equal(table, placement.table()));
    KeyHash key{rng.next()};
    CHECK(placement.owner(key).raw() == table[scaled(finalise(key.raw()), kSlotsSmall)]);
  }
}

TEST_CASE(
    "multi-probe is the nearest of all nodes to any probe, ties by probe and name") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto hash = colliding_hash(seed, seed % 2 == 0 ? 5 : UINT64_MAX);
    const int probes = static_cast<int>(1 + rng.below(30));
    const auto nodes = random_nodes(rng, 1 + rng.below(20), false);
    MultiProbePlacement placement(hash, probes);
    add_all(placement, nodes);
    for (const KeyHash key : random_keys(rng, 200)) {
      std::vector<std::tuple<std::uint64_t, int, std::string, NodeId>> all;
      Rng places(finalise(key.raw()));
      for (int probe = 0; probe < probes; ++probe) {
        const std::uint64_t place = places.next() >> 16;
        for (const Node& node : nodes) {
          const std::uint64_t token = label_token(hash, node.name, 0).raw();
          const std::uint64_t ahead =
              token >= place ? token - place : token + (1ULL << 48) - place;
          all.emplace_back(ahead, probe, node.name, node.id);
        }
      }
      REQUIRE(placement.owner(key) == std::get<NodeId>(std::ranges::min(all)));
    }
  }
}
