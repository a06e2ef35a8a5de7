// The walk as the experiment wants it: taken from state to state, and shown as arcs.
#pragma once

#include <cstddef>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/experiment/copies.hpp"
#include "common/experiment/setup.hpp"
#include "v4_replicated_kv/placement/walk.hpp"

namespace kv {

// The nodes of a state as members; all of one zone.
[[nodiscard]] inline std::vector<Member> members_of(const ClusterState& state) {
  std::vector<Member> members;
  for (const Node& node : state.nodes) members.push_back({.node = node, .zone = ""});
  return members;
}

class WalkCopies {
 public:
  explicit WalkCopies(const Setup& setup) : setup_(setup) {}

  // A node that goes down or comes up keeps its tokens: the walk is the same.
  void enter(const ClusterState& state) {
    if (state.action == Action::down || state.action == Action::up) return;
    auto walk = PreferenceWalk::over(members_of(state), setup_.replicas, setup_.hash,
                                     setup_.vnodes);
    KV_CHECK(walk.has_value(), "states are checked before the first one is entered");
    walk_ = std::move(*walk);
  }

  void owners(KeyHash key, std::span<NodeId> out) const { walk_->owners(key, out); }

  // The walk from a key begins at the first token at or after it: a list holds up to a
  // token.
  [[nodiscard]] auto arc_ends() const {
    return walk_->table().points() |
           std::views::transform([](TokenTable::Point point) { return point.token; });
  }

  [[nodiscard]] std::size_t bytes() const { return walk_->table().bytes(); }

 private:
  Setup setup_;
  std::optional<PreferenceWalk> walk_;  // none before the first state
};

static_assert(CopyPlacement<WalkCopies>);

}  // namespace kv
