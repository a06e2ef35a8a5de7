// Rendezvous hashing (highest random weight).
//
// Idea      every node draws a random score for the key; the highest score wins. Nobody
//           keeps a table: all who know the members agree.
// Good at   balance, weights and change: a node's scores do not depend on other nodes, so
//           only keys that it wins or loses move. The second highest is the second copy.
// Bad at    speed: a look-up asks all n nodes.
// Paper     Thaler and Ravishankar, "Using name-based mappings to increase hit rates",
//           IEEE/ACM Transactions on Networking 6(1), 1998. Weights by the logarithmic
//           method of Schindler and Schomaker's weighted distributed hash tables, 2005.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"
#include "common/hash/hasher.hpp"
#include "common/placement.hpp"

namespace kv {

// -ln u for the u = (b + 1/2) / 2^52 that the top 52 of `bits` make: how long one waits
// for what comes once a second. Written out, because std::log may differ in its last bit
// between machines, and with it the winner.
[[nodiscard]] inline double waiting_time(std::uint64_t bits) {
  const std::uint64_t odd = (bits >> 12) * 2 + 1;  // u = odd / 2^53
  int zeros = std::countl_zero(odd) - 11;          // u = m / 2^zeros, m in [1/2, 1)
  double m = static_cast<double>(odd << zeros) / 9007199254740992.0;
  if (m < 0.70710678118654752) {
    m *= 2;
    ++zeros;
  }
  const double z = (m - 1) / (m + 1);  // ln m = 2 (z + z^3/3 + z^5/5 + ...), |z| < 0.172
  const double y = z * z;
  const double tail = 1.0 / 13 + y * (1.0 / 15 + y * (1.0 / 17 + y * (1.0 / 19)));
  const double head = 1.0 / 7 + y * (1.0 / 9 + y * (1.0 / 11 + y * tail));
  const double sum = 1 + y * (1.0 / 3 + y * (1.0 / 5 + y * head));
  return zeros * std::numbers::ln2 - 2 * z * sum;
}

template <HashFunction Hash>
class RendezvousPlacement {
 public:
  explicit RendezvousPlacement(Hash hash) : hash_(std::move(hash)) {}

  void add(const Node& node) { add(std::span(&node, 1)); }

  // All at once: the members make room once, and not for each.
  void add(std::span<const Node> nodes) {
    std::vector<const Node*> sorted;
    for (const Node& node : nodes) sorted.push_back(&node);
    std::ranges::sort(sorted, {}, &Node::name);
    std::vector<std::string> names;
    std::vector<Member> members;
    names.reserve(names_.size() + nodes.size());
    members.reserve(names_.size() + nodes.size());
    std::size_t kept = 0;
    const auto keep_while = [&](auto comes_first) {
      for (; kept < names_.size() && comes_first(names_[kept]); ++kept) {
        names.push_back(std::move(names_[kept]));
        members.push_back(members_[kept]);
      }
    };
    for (const Node* node : sorted) {
      KV_CHECK(node->weight > 0, "a node without weight should not be a member");
      keep_while([&](const std::string& name) { return name < node->name; });
      names.push_back(node->name);
      const std::uint64_t seed = finalise(hash_key(hash_, node->name).raw());
      members.push_back({seed, node->weight, node->id});
    }
    keep_while([](const std::string&) { return true; });
    names_ = std::move(names);
    members_ = std::move(members);
    compare_weights();
  }

  void remove(NodeId node) {
    const auto at = std::ranges::find(members_, node, &Member::id) - members_.begin();
    KV_CHECK(at < std::ssize(members_), "only a member can leave");
    names_.erase(names_.begin() + at);
    members_.erase(members_.begin() + at);
    compare_weights();
  }

  [[nodiscard]] NodeId owner(KeyHash key) const {
    KV_CHECK(!members_.empty(), "a cluster without nodes owns nothing");
    const std::uint64_t mixed = finalise(key.raw());
    return weighted_ ? first_to_come(mixed) : highest(mixed);
  }

  [[nodiscard]] std::size_t bytes() const { return members_.capacity() * sizeof(Member); }

 private:
  struct Member {
    std::uint64_t seed;
    double weight;
    NodeId id;
  };

  // With equal weights the highest score waits the shortest: no logarithm is needed.
  [[nodiscard]] NodeId highest(std::uint64_t mixed) const {
    std::size_t best = 0;
    std::uint64_t best_score = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const std::uint64_t score = finalise(mixed ^ members_[i].seed);
      best = score > best_score ? i : best;  // the first name keeps a tie
      best_score = std::max(score, best_score);
    }
    return members_[best].id;
  }

  // Of exponential waiting times the one with rate w is the shortest with probability
  // w / W: exactly the share that a weight of w deserves.
  [[nodiscard]] NodeId first_to_come(std::uint64_t mixed) const {
    const Member* best = nullptr;
    double best_time = 0;
    for (const Member& member : members_) {
      const double time = waiting_time(finalise(mixed ^ member.seed)) / member.weight;
      if (best == nullptr || time < best_time) {
        best = &member;
        best_time = time;
      }
    }
    return best->id;
  }

  void compare_weights() {
    weighted_ = std::ranges::any_of(members_, [this](const Member& member) {
      return member.weight != members_[0].weight;
    });
  }

  Hash hash_;
  std::vector<std::string> names_;  // sorted; members_ has the same order
  std::vector<Member> members_;
  bool weighted_ = false;
};

static_assert(Placement<RendezvousPlacement<Hasher>>);

}  // namespace kv
