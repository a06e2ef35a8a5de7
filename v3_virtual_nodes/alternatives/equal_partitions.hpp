// Equal partitions.
//
// Idea      cut the hash space into Q equal parts once and for all, and write down who
//           holds each. A newcomer takes its fair number of parts from those who hold
//           most above theirs; the parts of one that leaves go to those most below.
// Good at   balance and speed: shares exact to one part, and one read. A part is also a
//           handy unit to copy, repair and count.
// Bad at    agreement: the table depends on history, so it has to be stored and sent to
//           everybody. More nodes than parts cannot all hold one.
// Paper     DeCandia et al., "Dynamo: Amazon's highly available key-value store", SOSP
//           2007, section 6.2, strategy 3. So do Redis Cluster (16,384) and Swift.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/placement.hpp"
#include "v3_virtual_nodes/alternatives/random_bits.hpp"

namespace kv {

// Equal nodes hold equal numbers of parts, to one, after any history. Nodes with weights
// do so (the largest remainders) when they join an empty table together; after that
// nothing moves between nodes that stay, and in rare cases this leaves one up to two
// parts off.
class EqualPartitionsPlacement {
 public:
  // 1 to 2^24 parts; there may never be more nodes than that. A hundred parts a node keep
  // shares within 1 %.
  explicit EqualPartitionsPlacement(std::uint32_t partitions = 4096)
      : table_(partitions) {
    KV_CHECK(partitions >= 1 && partitions <= 1 << 24, "1 to 2^24 partitions");
  }

  void add(const Node& node) { add(std::span(&node, 1)); }

  // All newcomers at once: no part moves twice.
  void add(std::span<const Node> nodes) {
    const std::size_t old_size = members_.size();
    Parts free(old_size == 0 && !nodes.empty() ? table_.size() : 0);
    for (std::size_t i = 0; i < free.size(); ++i) {
      free[i] = static_cast<Parts::value_type>(free.size() - 1 - i);
    }
    for (const Node& node : nodes) {
      KV_CHECK(node.weight > 0, "a node without weight should not be a member");
      KV_CHECK(node.id.raw() < 65536, "16 bits hold a node's id");
      members_.push_back({.node = node, .parts = {}, .surplus = 0});
    }
    KV_CHECK(members_.size() <= table_.size(), "more nodes than partitions");
    const std::span all(members_);
    settle(std::move(free), all.first(old_size), all.subspan(old_size));
  }

  void remove(NodeId node) {
    const auto at = std::ranges::find(members_, node, [](auto& m) { return m.node.id; });
    KV_CHECK(at != members_.end(), "only a member can leave");
    Parts free = std::move(at->parts);
    members_.erase(at);
    settle(std::move(free), {}, members_);
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!members_.empty(), "a cluster without nodes owns nothing");
    return NodeId{table_[scaled(finalise(key.raw()), table_.size())]};
  }

  // Who holds each part: what a cluster would store and send.
  [[nodiscard]] std::span<const std::uint16_t> table() const { return table_; }

  [[nodiscard]] std::size_t bytes() const {
    return table_.capacity() * sizeof(std::uint16_t);
  }

 private:
  using Parts = std::vector<std::uint32_t>;

  struct Member {
    Node node;
    Parts parts;
    double surplus;  // parts held less the fair number, which need not be whole
  };

  // The less wanting first: a heap's top is the one who wants a part most.
  static bool wants_less(const Member* a, const Member* b) {
    return std::tie(a->surplus, a->node.name) > std::tie(b->surplus, b->node.name);
  }
  static bool spares_less(const Member* a, const Member* b) {
    return std::tie(a->surplus, b->node.name) < std::tie(b->surplus, a->node.name);
  }

  // Hands the free parts to the takers, the most wanting first (which comes to the
  // largest remainders), then from givers to takers while that makes them more even.
  void settle(Parts free, std::span<Member> givers, std::span<Member> takers) {
    reckon();
    std::vector<Member*> wanting, sparing;
    for (Member& member : takers) wanting.push_back(&member);
    for (Member& member : givers) sparing.push_back(&member);
    std::ranges::make_heap(wanting, wants_less);
    std::ranges::make_heap(sparing, spares_less);
    while (!wanting.empty()) {
      if (free.empty()) {
        // A part between equals helps nobody; 1e-9 is more than rounding can invent.
        if (sparing.empty()) break;
        if (sparing[0]->surplus - wanting[0]->surplus < 1 + 1e-9) break;
        std::ranges::pop_heap(sparing, spares_less);
        free.push_back(sparing.back()->parts.back());
        sparing.back()->parts.pop_back();
        sparing.back()->surplus -= 1;
        std::ranges::push_heap(sparing, spares_less);
      }
      std::ranges::pop_heap(wanting, wants_less);
      table_[free.back()] = static_cast<std::uint16_t>(wanting.back()->node.id.raw());
      wanting.back()->parts.push_back(free.back());
      wanting.back()->surplus += 1;
      free.pop_back();
      std::ranges::push_heap(wanting, wants_less);
    }
  }

  void reckon() {
    double all = 0;
    for (const Member& member : members_) all += member.node.weight;
    for (Member& member : members_) {
      const double fair = static_cast<double>(table_.size()) * member.node.weight / all;
      member.surplus = static_cast<double>(member.parts.size()) - fair;
    }
  }

  std::vector<std::uint16_t> table_;  // a part's node
  std::vector<Member> members_;
};

static_assert(Placement<EqualPartitionsPlacement>);

}  // namespace kv
