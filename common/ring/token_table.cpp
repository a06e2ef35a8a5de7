#include "common/ring/token_table.hpp"

#include <bit>
#include <limits>
#include <numeric>

namespace kv {

namespace {

constexpr Token kLastPosition{(std::uint64_t{1} << 48) - 1};

std::uint64_t bits_of(Token token) {
  return token.raw() << 16;  // as a hash
}

}  // namespace

TokenTable::TokenTable(std::span<const PackedToken> tokens, const Precedes& precedes) {
  if (tokens.empty()) return;
  begin_index(tokens.size());
  scatter(tokens);
  order_ties(precedes);
  end_tokens();
}

TokenTable::TokenTable(std::vector<PackedToken> sorted) {
  if (sorted.empty()) return;
  tokens_ = std::move(sorted);
  begin_index(tokens_.size());
  for (const PackedToken at : tokens_) ++index_[bits_of(at.token()) >> shift_];
  std::exclusive_scan(index_.begin(), index_.end(), index_.begin(), 0U);
  end_tokens();
}

TokenTable TokenTable::with(std::span<const PackedToken> more,
                            const Precedes& precedes) const {
  if (tokens_.empty()) return {more, precedes};
  const TokenTable added(more, precedes);
  std::vector<PackedToken> merged;
  merged.reserve(size() + added.size() + kSentinels);
  merged.resize(size() + added.size());
  const auto clockwise = [&](PackedToken left, PackedToken right) {
    if (left.token() != right.token()) return left < right;
    return precedes(left.node(), right.node());
  };
  std::ranges::merge(std::span(tokens_).first(size()),
                     std::span(added.tokens_).first(added.size()), merged.begin(),
                     clockwise);
  return TokenTable(std::move(merged));
}

TokenTable TokenTable::without(NodeId node) const {
  std::vector<PackedToken> kept(size() + kSentinels);
  std::size_t count = 0;
  for (const PackedToken at : std::span(tokens_).first(size())) {
    kept[count] = at;  // and overwritten next time, if it is the node's
    count += at.node() == node ? 0U : 1U;
  }
  kept.resize(count);
  return TokenTable(std::move(kept));
}

std::size_t TokenTable::owners(KeyHash key, std::span<NodeId> out) const {
  if (tokens_.empty() || out.empty()) return 0;
  const std::size_t count = size();
  std::size_t at = successor(key);
  std::size_t found = 0;
  for (std::size_t walked = 0; walked < count && found < out.size(); ++walked) {
    const NodeId node = tokens_[at].node();
    const auto known = out.first(found);
    if (std::ranges::find(known, node) == known.end()) out[found++] = node;
    if (++at == count) at = 0;
  }
  return found;
}

// Half a token to one in each bucket, as their number is a power of two. A large table is
// mostly outside the nearest caches, where a smaller index is worth a longer step: there it
// is one token to two.
void TokenTable::begin_index(std::size_t tokens) {
  KV_CHECK(tokens < std::numeric_limits<std::uint32_t>::max(), "places are 32 bits wide");
  constexpr std::size_t kLarge = 1 << 15;
  const std::size_t fitting =
      tokens <= kLarge ? std::bit_ceil(tokens) : std::bit_floor(tokens);
  const auto buckets = std::max<std::size_t>(fitting, 2);
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(buckets));
  index_.assign(buckets, 0);
}

// Sorting by the index itself: count each bucket's tokens, give it its place, drop every
// token there, and sort what little shares a bucket. Several times as fast as comparing,
// and the index is there when it is done.
void TokenTable::scatter(std::span<const PackedToken> tokens) {
  tokens_.reserve(tokens.size() + kSentinels);
  tokens_.resize(tokens.size());
  for (const PackedToken at : tokens) ++index_[bits_of(at.token()) >> shift_];
  std::inclusive_scan(index_.begin(), index_.end(), index_.begin());
  for (const PackedToken at : tokens) {
    tokens_[--index_[bits_of(at.token()) >> shift_]] = at;
  }
  for (std::size_t bucket = 0; bucket < index_.size(); ++bucket) {
    const bool last = bucket + 1 == index_.size();
    const auto first = tokens_.begin() + index_[bucket];
    const auto end = last ? tokens_.end() : tokens_.begin() + index_[bucket + 1];
    if (end - first > 1) std::sort(first, end);
  }
}

// Sorting packed tokens puts equal ones in order of id; rings want another.
void TokenTable::order_ties(const Precedes& precedes) {
  const auto differ = [](PackedToken left, PackedToken right) {
    return left.token() != right.token();
  };
  for (auto at = tokens_.begin(); at != tokens_.end();) {
    const auto tie = std::adjacent_find(at, tokens_.end(), std::not_fn(differ));
    if (tie == tokens_.end()) return;
    at =
        std::find_if(tie, tokens_.end(), [&](auto other) { return differ(*tie, other); });
    std::sort(tie, at, [&](PackedToken left, PackedToken right) {
      return precedes(left.node(), right.node());
    });
  }
}

void TokenTable::end_tokens() {
  tokens_.insert(tokens_.end(), kSentinels,
                 PackedToken(kLastPosition, tokens_.front().node()));
}

}  // namespace kv
