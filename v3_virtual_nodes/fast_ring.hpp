// Chapter 3, at speed: the ring of placement.hpp over a table of packed tokens.
//
// Idea      the same nodes, tokens and owners; only the search is another. A binary search
//           over T tokens asks log2 T questions, and the processor guesses half of the
//           answers wrong. An index by a hash's top bits needs none of them.
// Good at   look-ups that cost the same for a hundred tokens a node as for ten thousand, so
//           that the number of tokens can be chosen for balance alone.
// Bad at    being changed by halves: a change makes a new table, in one pass over all
//           tokens. Readers keep the old one as long as they like.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/result.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"
#include "common/ring/node_tokens.hpp"
#include "common/ring/token_table.hpp"

namespace kv {

// A copy shares its table with the original, until one of them changes.
template <HashFunction Hash>
class FastRing {
 public:
  FastRing(Hash hash, std::uint64_t vnodes) : hash_(std::move(hash)), vnodes_(vnodes) {}

  void add(const Node& node) { add(std::span(&node, 1)); }

  void add(std::span<const Node> nodes) {
    const auto added = try_add(nodes);
    KV_CHECK(added.has_value(), "a ring takes ids up to 65534, and 10,000,000 tokens");
  }

  // The same for callers that cannot promise it: bad_input, and nothing changed, when a
  // node's id is above 65534 (65,535 nodes is what 16 bits are good for) or the tokens are
  // more than kTokensMax.
  [[nodiscard]] Result<void> try_add(std::span<const Node> nodes);

  void remove(NodeId node) {
    table_ = std::make_shared<const TokenTable>(table_->without(node));
    names_.erase(node);
  }

  [[nodiscard]] NodeId owner(KeyHash key) const { return table_->owner(key); }

  // The owners of many keys, in less time than asking for each.
  void find(std::span<const KeyHash> keys, std::span<NodeId> owners) const {
    table_->find(keys, owners);
  }

  // The first distinct nodes clockwise from the key, as many as `out` takes or there are.
  [[nodiscard]] std::size_t owners(KeyHash key, std::span<NodeId> out) const {
    return table_->owners(key, out);
  }

  // What look-ups read; valid until the next change.
  [[nodiscard]] const TokenTable& table() const { return *table_; }

  // What readers may keep while this ring changes.
  [[nodiscard]] std::shared_ptr<const TokenTable> snapshot() const { return table_; }

  [[nodiscard]] auto points() const { return table_->points(); }
  [[nodiscard]] std::size_t bytes() const { return table_->bytes(); }

 private:
  Hash hash_;
  std::uint64_t vnodes_;                 // tokens per unit of weight
  std::map<NodeId, std::string> names_;  // of the members: a tie goes to the first name
  std::shared_ptr<const TokenTable> table_ = std::make_shared<const TokenTable>();
};

template <HashFunction Hash>
Result<void> FastRing<Hash>::try_add(std::span<const Node> nodes) {
  std::uint64_t tokens = table_->size();
  for (const Node& node : nodes) {
    if (node.id.raw() >= kNodesMax) {
      return fail(
          Errc::bad_input,
          fmt::format("{}: has id {}; a ring holds 65,535 nodes, with ids 0 to 65534",
                      node.name, node.id.raw()));
    }
    tokens += tokens_for(node.weight, vnodes_);
  }
  if (tokens > kTokensMax) {
    return fail(Errc::bad_input,
                fmt::format("{} tokens are more than a ring holds, {}; give nodes fewer",
                            tokens, kTokensMax));
  }
  std::vector<PackedToken> added;
  added.reserve(tokens - table_->size());
  for (const Node& node : nodes) {
    names_[node.id] = node.name;
    for_each_token(hash_, node, vnodes_,
                   [&](Token token) { added.emplace_back(token, node.id); });
  }
  const auto by_name = [this](NodeId left, NodeId right) {
    return names_.at(left) < names_.at(right);
  };
  table_ = std::make_shared<const TokenTable>(table_->with(added, by_name));
  return {};
}

static_assert(Ring<FastRing<Hasher>>);

}  // namespace kv
