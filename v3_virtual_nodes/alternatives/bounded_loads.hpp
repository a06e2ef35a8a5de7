// Consistent hashing with bounded loads.
//
// Idea      chapter 3's ring, and no node takes more than (1 + epsilon) times its fair
//           share, rounded up to a whole key: a key that finds its node full goes on
//           clockwise to one with room.
// Good at   balance by decree: the limit holds whatever the tokens look like, so few
//           tokens are enough, and a hot arc spills over instead of melting one node.
// Bad at    knowledge: where a key is depends on all the other keys. A reader has to ask
//           onwards, and a change moves more keys than the changed node's.
// Paper     Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads",
//           2016. Vimeo put it into HAProxy, with requests under way for keys.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"
#include "v3_virtual_nodes/alternatives/filling.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"

namespace kv {

template <HashFunction Hash>
class BoundedLoadsPlacement {
 public:
  // `vnodes` tokens per unit of weight; epsilon above 0, the slack, keeps walks short.
  BoundedLoadsPlacement(Hash hash, std::uint64_t vnodes, double epsilon = 0.25)
      : ring_(std::move(hash), vnodes), epsilon_(epsilon) {
    KV_CHECK(epsilon > 0, "without slack the last key may walk the whole ring");
  }

  void add(const Node& node) { add(std::span(&node, 1)); }

  void add(std::span<const Node> nodes) {
    for (const Node& node : nodes) members_.push_back({node.id, node.weight});
    ring_.add(nodes);
    weigh();
  }

  void remove(NodeId node) {
    std::erase_if(members_, [=](const Member& member) { return member.id == node; });
    ring_.remove(node);
    weigh();
  }

  // The owner while no node is full: chapter 3's.
  [[nodiscard]] NodeId owner(KeyHash key) const { return ring_.owner(key); }

  // Places a whole set of keys: out[i] becomes the owner of keys[i]. Depends on the set,
  // not on its order. Equal keys go together, to the first node with room for all of
  // them; when no node has that, to the first with any room, which may then hold more
  // than its capacity: one key cannot be split.
  void place(std::span<const KeyHash> keys, std::span<NodeId> out) const {
    KV_CHECK(keys.size() == out.size(), "every key gets an owner");
    KV_CHECK(ring_.table().size() > 0, "a cluster without nodes owns nothing");
    const std::vector<Ball> balls = in_turn(keys);
    Filling filling(ring_.table(), rooms(keys.size()));
    for (std::size_t begin = 0, end = 0; begin < balls.size(); begin = end) {
      while (end < balls.size() && balls[end].turn == balls[begin].turn) ++end;
      const NodeId node = filling.place(balls[begin].start, end - begin);
      for (std::size_t i = begin; i < end; ++i) out[balls[i].key] = node;
    }
  }

  // How many of `keys` keys a node of this weight takes at most.
  [[nodiscard]] std::uint64_t capacity(double weight, std::size_t keys) const {
    const double fair = static_cast<double>(keys) * weight / weight_sum_;
    // 1.1 times 100 is a little more than 110 in binary, and must not become 111.
    return static_cast<std::uint64_t>(std::ceil((1 + epsilon_) * fair * (1 - 1e-12)));
  }

  [[nodiscard]] std::size_t bytes() const { return ring_.bytes(); }

 private:
  struct Member {
    NodeId id;
    double weight;
  };

  struct Ball {
    std::uint64_t turn;   // the finalised hash: different keys have different turns
    std::uint32_t start;  // the ring point where the key knocks first
    std::uint32_t key;    // its number in the input
  };

  // The keys by turn. Turns are random bits, so their top bits sort them almost: into
  // buckets of about eight, in two passes over the keys. What is left to sort is short.
  [[nodiscard]] std::vector<Ball> in_turn(std::span<const KeyHash> keys) const {
    KV_CHECK(keys.size() < UINT32_MAX, "a key's number has 32 bits");
    const int shift = 64 - std::countr_zero(std::bit_ceil(keys.size() / 8 + 2));
    std::vector<std::uint32_t> ends((std::size_t{1} << (64 - shift)) + 1);
    for (const KeyHash key : keys) ++ends[(finalise(key.raw()) >> shift) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());  // beginnings, as yet
    std::vector<Ball> balls(keys.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t turn = finalise(keys[i].raw());
      balls[ends[turn >> shift]++] = {turn, first_point(keys[i]), i};
    }
    auto begin = balls.begin();
    for (const std::uint32_t end : ends) {
      std::ranges::sort(begin, balls.begin() + end, {}, &Ball::turn);
      begin = balls.begin() + end;
    }
    return balls;
  }

  // Where the key knocks first. A ring has far fewer than 2^32 tokens.
  [[nodiscard]] std::uint32_t first_point(KeyHash key) const {
    return static_cast<std::uint32_t>(ring_.table().successor(key));
  }

  // What each node can take, by id.
  [[nodiscard]] std::vector<std::int64_t> rooms(std::size_t keys) const {
    std::vector<std::int64_t> room(65536);
    for (const Member& member : members_) {
      room[member.id.raw()] = static_cast<std::int64_t>(capacity(member.weight, keys));
    }
    return room;
  }

  void weigh() {
    weight_sum_ = 0;
    std::ranges::sort(members_, {}, &Member::weight);  // one order, one rounded sum
    for (const Member& member : members_) weight_sum_ += member.weight;
  }

  FastRing<Hash> ring_;
  double epsilon_;
  double weight_sum_ = 0;
  std::vector<Member> members_;
};

static_assert(PlacesTogether<BoundedLoadsPlacement<Hasher>>);

}  // namespace kv
