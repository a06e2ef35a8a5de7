// Counting copies by arcs: where a key has several nodes, and none of them is asked.
//
// Why     between two of its ends an arc's keys have the same nodes, whatever places them:
//         a walk over tokens or a table of partitions. So a state costs as much as it has
//         arcs, and is exact for any keys, as in arcs.hpp.
// Moves   from one state to the next a key gains some nodes and loses as many. Each node
//         gained takes over from one that is lost, in order of id; which pairs with which
//         changes no sum. So a copy moves *sideways* if neither of its two nodes is the one
//         that the step was about: when that one leaves, one of the key's copies has to
//         move, and when it joins, one has to make room; what moves beyond these was not
//         forced.
// Breaks if  gained and lost were compared as lists: a key whose nodes only change their
//         order moves nothing.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <vector>

#include "common/experiment/flow_matrix.hpp"
#include "common/experiment/key_ranks.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/scenario.hpp"
#include "common/placement.hpp"

namespace kv {

// A way to place several copies of each key. It goes from one state of a scenario to the
// next; `owners` fills `out` with different nodes, the first copy's first; `arc_ends` are
// the places on the circle, clockwise, after which that list may change. Past the last end
// the first arc goes on.
template <class P>
concept CopyPlacement = std::copy_constructible<P> &&
                        requires(P placement, const P& reader, const ClusterState& state,
                                 KeyHash key, std::span<NodeId> out) {
                          placement.enter(state);
                          reader.owners(key, out);
                          { reader.arc_ends() } -> std::ranges::input_range;
                        };

// The circle as arcs, each with the nodes of its keys in order of id. Neighbours with the
// same nodes are one arc.
class CopyArcs {
 public:
  explicit CopyArcs(std::size_t copies) : copies_(copies) {}

  template <CopyPlacement P>
  [[nodiscard]] static CopyArcs of(const P& placement, std::size_t copies) {
    CopyArcs arcs(copies);
    std::vector<NodeId> nodes(copies);
    for (const Token end : placement.arc_ends()) {
      placement.owners(KeyHash{end.raw() << 16}, nodes);
      arcs.append(end, nodes);
    }
    return arcs;
  }

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] Token end(std::size_t arc) const { return ends_[arc]; }
  [[nodiscard]] std::span<const NodeId> nodes(std::size_t arc) const {
    return std::span(nodes_).subspan(arc * copies_, copies_);
  }

 private:
  void append(Token end, std::vector<NodeId>& nodes);

  std::size_t copies_;
  std::vector<Token> ends_;
  std::vector<NodeId> nodes_;  // `copies_` an arc
};

// Counts a scenario's copies, state by state.
class CopyCount {
 public:
  // For node ids below `nodes`; `keys` must outlive the count.
  CopyCount(const KeyRanks& keys, std::size_t nodes, std::size_t copies)
      : keys_(keys), nodes_(nodes), copies_(copies) {}

  // Where copies went since the last time; the first time, each stays where it starts.
  template <CopyPlacement P>
  [[nodiscard]] FlowMatrix take(const P& placement) {
    return go_to(CopyArcs::of(placement, copies_));
  }

  // Of the state counted last: how many keys have 0, 1, ... copies on nodes that are up,
  [[nodiscard]] std::vector<std::uint64_t> reachable(const ClusterState& state) const;

  // and which groups of nodes hold keys, of those that `members` nodes could form.
  [[nodiscard]] ReplicaSets sets(std::size_t members) const;

 private:
  [[nodiscard]] FlowMatrix go_to(CopyArcs now);

  const KeyRanks& keys_;
  std::size_t nodes_;
  std::size_t copies_;
  std::optional<CopyArcs> before_;
};

// What a copy placement is asked for beyond flows.
template <CopyPlacement P>
void enter(const ClusterState& state, P& placement) {
  placement.enter(state);
}

}  // namespace kv
