// What other rings do, written again from their descriptions: the fast ring's peers.
//
// Each has the tokens of the same nodes and answers with the same owner, so that only the
// search differs; the slot table cannot, and is the limit instead.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/hash/functions.hpp"
#include "common/placement.hpp"
#include "common/ring/node_tokens.hpp"

namespace kv::peers {

struct Entry {
  std::uint64_t token;
  NodeId node;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};

inline std::vector<Entry> entries_of(std::span<const Node> nodes, std::uint64_t vnodes) {
  std::vector<Entry> entries;
  for (const Node& node : nodes) {
    for_each_token(&xxh3, node, vnodes,
                   [&](Token token) { entries.push_back({token.raw(), node.id}); });
  }
  return entries;
}

// A sorted vector and a binary search: what good rings do.
class SortedVector {
 public:
  SortedVector(std::span<const Node> nodes, std::uint64_t vnodes)
      : entries_(entries_of(nodes, vnodes)) {
    std::ranges::sort(entries_);
  }

  [[nodiscard]] NodeId owner(KeyHash key) const { return entries_[successor(key)].node; }

  // The first distinct nodes clockwise: the walk of a preference list.
  [[nodiscard]] std::size_t owners(KeyHash key, std::span<NodeId> out) const {
    std::size_t found = 0;
    std::size_t at = successor(key);
    for (std::size_t i = 0; i < entries_.size() && found < out.size(); ++i) {
      const auto known = out.first(found);
      const NodeId node = entries_[at].node;
      if (std::ranges::find(known, node) == known.end()) out[found++] = node;
      if (++at == entries_.size()) at = 0;
    }
    return found;
  }

  void add(const Node& node, std::uint64_t vnodes) {
    auto more = entries_of(std::span(&node, 1), vnodes);
    std::ranges::sort(more);
    const auto middle = std::ssize(entries_);
    entries_.insert(entries_.end(), more.begin(), more.end());
    std::ranges::inplace_merge(entries_, entries_.begin() + middle);
  }

  void remove(NodeId node) {
    std::erase_if(entries_, [=](const Entry& entry) { return entry.node == node; });
  }

  [[nodiscard]] std::size_t bytes() const { return entries_.size() * sizeof(Entry); }

 private:
  [[nodiscard]] std::size_t successor(KeyHash key) const {
    const auto at =
        std::ranges::lower_bound(entries_, position(key).raw(), {}, &Entry::token);
    return at == entries_.end() ? 0 : static_cast<std::size_t>(at - entries_.begin());
  }

  std::vector<Entry> entries_;
};

// A red-black tree from token to name: what tutorials do.
class TreeOfNames {
 public:
  TreeOfNames(std::span<const Node> nodes, std::uint64_t vnodes) {
    for (const Node& node : nodes) {
      for_each_token(&xxh3, node, vnodes, [&](Token token) {
        tree_.emplace(token.raw(), std::pair(node.name, node.id));
      });
    }
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    auto at = tree_.lower_bound(position(key).raw());
    if (at == tree_.end()) at = tree_.begin();
    return at->second.second;
  }

  // A tree node has four words of its own (colour and three links) before the value.
  [[nodiscard]] std::size_t bytes() const {
    return tree_.size() * (4 * sizeof(void*) + sizeof(decltype(tree_)::value_type));
  }

 private:
  std::map<std::uint64_t, std::pair<std::string, NodeId>> tree_;
};

// A sorted vector in the order of a heap (Khuong and Morin, "Array layouts for
// comparison-based searching", 2017): the search goes down without branches.
class Eytzinger {
 public:
  Eytzinger(std::span<const Node> nodes, std::uint64_t vnodes) {
    auto sorted = entries_of(nodes, vnodes);
    std::ranges::sort(sorted);
    tokens_.resize(sorted.size() + 1);
    nodes_.resize(sorted.size() + 1);
    nodes_[0] = sorted.front().node;  // where a search past the last token ends up
    fill(sorted, 0, 1);
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    const std::uint64_t wanted = position(key).raw();
    std::size_t at = 1;
    while (at < tokens_.size()) {
      __builtin_prefetch(tokens_.data() + at * 8);
      at = 2 * at + (tokens_[at] < wanted ? 1 : 0);
    }
    // Undo the last turns right, and the turn left before them.
    at >>= static_cast<unsigned>(std::countr_one(at)) + 1;
    return nodes_[at];
  }

  [[nodiscard]] std::size_t bytes() const {
    return tokens_.size() * sizeof(std::uint64_t) + nodes_.size() * sizeof(NodeId);
  }

 private:
  std::size_t fill(const std::vector<Entry>& sorted, std::size_t next, std::size_t at) {
    if (at >= tokens_.size()) return next;
    next = fill(sorted, next, 2 * at);
    tokens_[at] = sorted[next].token;
    nodes_[at] = sorted[next].node;
    return fill(sorted, next + 1, 2 * at + 1);
  }

  std::vector<std::uint64_t> tokens_;
  std::vector<NodeId> nodes_;
};

// A fixed table of slots by the top bits of the hash, as Redis Cluster and Swift have:
// one load, so the limit of what a look-up can cost. Its slots are dealt out in turn.
class SlotTable {
 public:
  static constexpr unsigned kBits = 14;  // 16,384 slots, as in Redis Cluster

  SlotTable(std::span<const Node> nodes, std::uint64_t /*vnodes*/) {
    for (std::size_t slot = 0; slot < std::size_t{1} << kBits; ++slot) {
      slots_.push_back(static_cast<std::uint16_t>(nodes[slot % nodes.size()].id.raw()));
    }
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    return NodeId{slots_[key.raw() >> (64 - kBits)]};
  }

  [[nodiscard]] std::size_t bytes() const { return slots_.size() * sizeof(slots_[0]); }

 private:
  std::vector<std::uint16_t> slots_;
};

// Three copies of a slot table, one for each place of a preference list of three.
class SlotTableOfThree {
 public:
  SlotTableOfThree(std::span<const Node> nodes, std::uint64_t /*vnodes*/) {
    for (std::size_t slot = 0; slot < std::size_t{1} << SlotTable::kBits; ++slot) {
      for (std::size_t copy = 0; copy < 3; ++copy) {
        rows_.push_back(
            static_cast<std::uint16_t>(nodes[(slot + copy) % nodes.size()].id.raw()));
      }
    }
  }

  [[nodiscard]] std::size_t owners(KeyHash key, std::span<NodeId> out) const {
    const std::size_t row = 3 * (key.raw() >> (64 - SlotTable::kBits));
    for (std::size_t copy = 0; copy < out.size(); ++copy) {
      out[copy] = NodeId{rows_[row + copy]};
    }
    return out.size();
  }

 private:
  std::vector<std::uint16_t> rows_;
};

}  // namespace kv::peers
