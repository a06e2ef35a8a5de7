// Sorted tokens with an index: who owns a hash, in a few steps, however many tokens.
//
// Idea      tokens are random, so the top bits of a hash say almost exactly where in the
//           sorted array to look. An index by those bits gives the place, and a step or
//           two along the array gives the token.
//
//             hash    0101 1100 ...            top bits -> index -> first of its bucket
//             index   | 0 | 1 | 1 | 4 | ...    one entry a bucket, about one token each
//             tokens  [t0][t1][t2][t3][t4]...  sorted; 48 bits of position, 16 of node
//
// Breaks if  tokens are not spread evenly: a crowded bucket is walked, token by token.
//            They are hashes that end in a finaliser, so they are.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ranges>
#include <span>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/strong.hpp"

namespace kv {

// A token and the node that has it in eight bytes, ordered by token.
class PackedToken {
 public:
  static constexpr std::uint32_t kNodeMax = 0xFFFF;  // the largest id that fits

  constexpr PackedToken() = default;
  constexpr PackedToken(Token token, NodeId node)
      : bits_((token.raw() << 16) | node.raw()) {
    KV_CHECK(node.raw() <= kNodeMax, "a packed token has 16 bits for its node");
  }

  [[nodiscard]] constexpr Token token() const { return Token{bits_ >> 16}; }
  [[nodiscard]] constexpr NodeId node() const {
    return NodeId{static_cast<std::uint32_t>(bits_ & 0xFFFF)};
  }
  // Whether a key with this hash lies past the token: one comparison, nothing unpacked.
  [[nodiscard]] constexpr bool is_before(KeyHash key) const {
    return bits_ < (key.raw() & ~std::uint64_t{0xFFFF});
  }
  friend constexpr auto operator<=>(const PackedToken&, const PackedToken&) = default;

 private:
  std::uint64_t bits_ = 0;
};

// Immutable: a change makes another table, so any number of threads may read one while
// the next is built.
class TokenTable {
 public:
  // Whether the first node comes before the second where both have one token.
  using Precedes = std::function<bool(NodeId, NodeId)>;

  // What a ring shows of itself (the concept Ring).
  struct Point {
    Token token;
    NodeId node;
  };

  // A table without tokens owns nothing.
  TokenTable() = default;

  // Of tokens in any order, at most UINT32_MAX of them. Time and memory are linear.
  TokenTable(std::span<const PackedToken> tokens, const Precedes& precedes);

  // This table and more tokens, or without a node's: one pass each.
  [[nodiscard]] TokenTable with(std::span<const PackedToken> more,
                                const Precedes& precedes) const;
  [[nodiscard]] TokenTable without(NodeId node) const;

  // The node whose token is the first at or after the key's position. The table is not
  // empty.
  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!index_.empty(), "a cluster without nodes owns nothing");
    return tokens_[search(key)].node();
  }

  // owners[i] becomes the owner of keys[i]; both are of one size. The same answers as of
  // owner(), in less time for many keys: with AVX2 where the machine has it.
  void find(std::span<const KeyHash> keys, std::span<NodeId> owners) const;

  // What find() chooses from; for tests and benchmarks. find_wide needs has_wide_find().
  [[nodiscard]] static bool has_wide_find();
  void find_portable(std::span<const KeyHash> keys, std::span<NodeId> owners) const;
  void find_wide(std::span<const KeyHash> keys, std::span<NodeId> owners) const;

  // The first distinct nodes clockwise from the key, as many as `out` takes or, if there
  // are fewer, all. Returns how many.
  [[nodiscard]] std::size_t owners(KeyHash key, std::span<NodeId> out) const;

  // The number of the first token at or after the key's position, and who and where it is.
  // Numbers go clockwise from 0 to size() - 1.
  [[nodiscard]] std::size_t successor(KeyHash key) const {
    const std::size_t at = search(key);
    return at < size() ? at : 0;
  }
  [[nodiscard]] NodeId node(std::size_t number) const { return tokens_[number].node(); }
  [[nodiscard]] Token token(std::size_t number) const { return tokens_[number].token(); }

  [[nodiscard]] std::size_t size() const {
    return tokens_.empty() ? 0 : tokens_.size() - kSentinels;
  }
  [[nodiscard]] std::size_t bytes() const {
    return tokens_.size() * sizeof(PackedToken) + index_.size() * sizeof(std::uint32_t);
  }

  // Every token with its node, clockwise from twelve o'clock.
  [[nodiscard]] auto points() const {
    return std::span(tokens_).first(size()) |
           std::views::transform([](PackedToken at) -> Point {
             return {.token = at.token(), .node = at.node()};
           });
  }

 private:
  // So many tokens are compared without asking in between: a branch that guesses wrong
  // costs more than all four. As many sentinels end the array, at the last position there
  // is and with the first node: a key past the last token finds one of them, and wraps.
  static constexpr std::size_t kSentinels = 4;

  explicit TokenTable(std::vector<PackedToken> sorted);

  // The place of the successor in the array, which for the last arc is a sentinel's.
  [[nodiscard]] std::size_t search(KeyHash key) const {
    const PackedToken* const at = tokens_.data() + index_[key.raw() >> shift_];
    std::size_t steps = 0;
    for (std::size_t i = 0; i < kSentinels; ++i) steps += at[i].is_before(key) ? 1U : 0U;
    if (steps == kSentinels) [[unlikely]] {
      while (at[steps].is_before(key)) ++steps;
    }
    return static_cast<std::size_t>(at - tokens_.data()) + steps;
  }

  void begin_index(std::size_t tokens);
  void scatter(std::span<const PackedToken> tokens);
  void order_ties(const Precedes& precedes);
  void end_tokens();

  std::vector<PackedToken> tokens_;   // sorted, then the sentinels
  std::vector<std::uint32_t> index_;  // of each bucket, where its tokens begin
  unsigned shift_ = 0;                // a hash's bucket is hash >> shift_
};

}  // namespace kv
