// Maglev hashing.
//
// Idea      a table with a prime number of slots. Every node has its own random order of
//           all slots; the nodes take turns, each claiming its next slot that is free.
// Good at   speed and balance: one read, and shares equal to a slot. A node of half the
//           weight takes every second turn.
// Bad at    change: one claim more or less shifts others, so more keys move than must,
//           some between nodes that stay; every change fills the whole table again, and
//           the change that needs another table size moves nearly everything.
// Paper     Eisenbud et al., "Maglev: a fast and reliable software network load
//           balancer", NSDI 2016.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"
#include "v3_virtual_nodes/alternatives/random_bits.hpp"

namespace kv {

// A hundred slots a node keep shares within 1 %, so the small table serves 655 nodes; the
// large one 6,553, and with less balance up to the 65,535 that node ids allow.
inline constexpr std::uint32_t kSlotsSmall = 65'537;
inline constexpr std::uint32_t kSlotsLarge = 655'373;

template <HashFunction Hash>
class MaglevPlacement {
 public:
  explicit MaglevPlacement(Hash hash) : hash_(std::move(hash)) {}

  void add(const Node& node) { add(std::span(&node, 1)); }

  // All at once costs one filling of the table instead of one a node.
  void add(std::span<const Node> nodes) {
    for (const Node& node : nodes) {
      KV_CHECK(node.weight > 0, "a node without weight should not be a member");
      KV_CHECK(node.id.raw() < 65536, "16 bits hold a node's id");
      nodes_.insert(std::ranges::lower_bound(nodes_, node.name, {}, &Node::name), node);
    }
    KV_CHECK(nodes_.size() <= 65535, "a node needs some slots");
    fill();
  }

  void remove(NodeId node) {
    std::erase_if(nodes_, [=](const Node& other) { return other.id == node; });
    fill();
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!nodes_.empty(), "a cluster without nodes owns nothing");
    return NodeId{table_[scaled(finalise(key.raw()), table_.size())]};
  }

  // A slot's node, slot by slot: equal shares of the hash space.
  [[nodiscard]] std::span<const std::uint16_t> table() const { return table_; }

  [[nodiscard]] std::size_t bytes() const {
    return table_.capacity() * sizeof(std::uint16_t);
  }

 private:
  // A node's order of the slots: from `next` in steps of `skip`. The number of slots is
  // prime, so any skip comes past all of them.
  struct Claimant {
    std::uint64_t next, skip;
    double rounds_per_turn;  // 1 for the heaviest node
    std::uint64_t turns;
  };

  void fill() {
    const std::uint32_t slots =
        nodes_.size() > kSlotsSmall / 100 ? kSlotsLarge : kSlotsSmall;
    std::vector<bool> taken(slots);
    table_.assign(nodes_.empty() ? 0 : slots, 0);
    table_.shrink_to_fit();
    std::vector<Claimant> claimants = claimants_for(slots);
    // The nodes that have a turn, by round. In round 0 all have one, so all get a slot.
    std::map<std::uint64_t, std::vector<std::uint32_t>> rounds;
    for (std::uint32_t i = 0; i < claimants.size(); ++i) rounds[0].push_back(i);
    for (std::uint32_t left = nodes_.empty() ? 0 : slots; left > 0;) {
      auto [round, turns] = *rounds.begin();
      rounds.erase(rounds.begin());
      std::ranges::sort(turns);  // by name, as nodes_ are
      for (const std::uint32_t i : turns) {
        Claimant& claimant = claimants[i];
        while (taken[claimant.next]) step(claimant, slots);
        taken[claimant.next] = true;
        table_[claimant.next] = static_cast<std::uint16_t>(nodes_[i].id.raw());
        if (--left == 0) break;
        const auto turn = static_cast<double>(++claimant.turns);
        rounds[static_cast<std::uint64_t>(turn * claimant.rounds_per_turn)].push_back(i);
      }
    }
  }

  static void step(Claimant& claimant, std::uint32_t slots) {
    claimant.next += claimant.skip;
    if (claimant.next >= slots) claimant.next -= slots;
  }

  [[nodiscard]] std::vector<Claimant> claimants_for(std::uint32_t slots) const {
    double heaviest = 0;
    for (const Node& node : nodes_) heaviest = std::max(heaviest, node.weight);
    std::vector<Claimant> claimants;
    for (const Node& node : nodes_) {
      const std::uint64_t seed = hash_key(hash_, node.name).raw();
      claimants.push_back({.next = scaled(redraw(seed, 0), slots),
                           .skip = 1 + scaled(redraw(seed, 1), slots - 1),
                           .rounds_per_turn = heaviest / node.weight,
                           .turns = 0});
    }
    return claimants;
  }

  Hash hash_;
  std::vector<Node> nodes_;           // sorted by name
  std::vector<std::uint16_t> table_;  // a slot's node
};

static_assert(Placement<MaglevPlacement<Hasher>>);

}  // namespace kv
