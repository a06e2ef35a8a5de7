#include "common/experiment/copies.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/hash/finalise.hpp"

namespace kv {

namespace {

using Nodes = std::span<const NodeId>;

// `keys` keys go from one group of nodes to another, both in order of id and of one size.
void add_flows(Nodes from, Nodes to, std::uint64_t keys, FlowMatrix& flows) {
  std::size_t lost = 0;
  std::size_t gained = 0;
  for (;;) {
    // What both have stays.
    while (lost < from.size() && gained < to.size() && from[lost] == to[gained]) {
      flows.add(from[lost++], to[gained++], keys);
    }
    // The next that only one of them has; each of the others stays where it is.
    while (lost < from.size() && std::ranges::binary_search(to, from[lost])) {
      flows.add(from[lost], from[lost], keys);
      ++lost;
    }
    while (gained < to.size() && std::ranges::binary_search(from, to[gained])) ++gained;
    if (lost == from.size()) return;
    flows.add(from[lost++], to[gained++], keys);
  }
}

// Calls visit(arc, keys) for every arc that holds any, the part past the last end counted
// with the first arc.
template <class Visit>
void for_each_arc(const CopyArcs& arcs, const KeyRanks& keys, Visit visit) {
  std::uint64_t counted = 0;
  for (std::size_t arc = 0; arc < arcs.size(); ++arc) {
    const std::uint64_t rank = keys.up_to(arcs.end(arc));
    if (rank > counted) visit(arc, rank - counted);
    counted = rank;
  }
  if (keys.size() > counted) visit(0, keys.size() - counted);
}

// One number for a group of nodes: four ids or fewer fit as they are; of more it is a hash,
// of which so many as there are arcs hardly ever collide.
std::uint64_t name_of(Nodes nodes) {
  constexpr std::size_t kFitting = 4;
  std::uint64_t name = 0;
  for (const NodeId node : nodes) {
    name = nodes.size() <= kFitting ? name << 16 | node.raw()
                                    : finalise(name + 1 + node.raw());
  }
  return name;
}

// n over k.
double choose(std::size_t n, std::size_t k) {
  double ways = 1;
  for (std::size_t i = 0; i < k; ++i) {
    ways = ways * static_cast<double>(n - i) / static_cast<double>(i + 1);
  }
  return ways;
}

}  // namespace

void CopyArcs::append(Token end, std::vector<NodeId>& nodes) {
  std::ranges::sort(nodes);
  if (!ends_.empty() && std::ranges::equal(this->nodes(size() - 1), nodes)) {
    ends_.back() = end;
    return;
  }
  ends_.push_back(end);
  nodes_.insert(nodes_.end(), nodes.begin(), nodes.end());
}

FlowMatrix CopyCount::go_to(CopyArcs now) {
  if (!before_) before_ = now;
  const CopyArcs& before = *before_;
  FlowMatrix flows(nodes_);
  std::uint64_t counted = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  while (from < before.size() || to < now.size()) {
    const bool old_ends = from == before.size();  // these arcs have come round already
    const bool new_ends = to == now.size();
    const Token end = old_ends   ? now.end(to)
                      : new_ends ? before.end(from)
                                 : std::min(before.end(from), now.end(to));
    const std::uint64_t rank = keys_.up_to(end);
    if (rank > counted) {
      add_flows(before.nodes(old_ends ? 0 : from), now.nodes(new_ends ? 0 : to),
                rank - counted, flows);
    }
    counted = rank;
    if (!old_ends && before.end(from) == end) ++from;
    if (!new_ends && now.end(to) == end) ++to;
  }
  if (keys_.size() > counted) {
    add_flows(before.nodes(0), now.nodes(0), keys_.size() - counted, flows);
  }
  before_ = std::move(now);
  return flows;
}

std::vector<std::uint64_t> CopyCount::reachable(const ClusterState& state) const {
  std::vector<std::uint64_t> keys_with(copies_ + 1);
  for_each_arc(*before_, keys_, [&](std::size_t arc, std::uint64_t keys) {
    const auto down = std::ranges::count_if(
        before_->nodes(arc), [&](NodeId node) { return state.is_down(node); });
    keys_with[copies_ - static_cast<std::size_t>(down)] += keys;
  });
  return keys_with;
}

ReplicaSets CopyCount::sets(std::size_t members) const {
  std::vector<std::uint64_t> used;
  for_each_arc(*before_, keys_, [&](std::size_t arc, std::uint64_t) {
    used.push_back(name_of(before_->nodes(arc)));
  });
  std::ranges::sort(used);
  const auto repeats = std::ranges::unique(used);
  return {.used = used.size() - repeats.size(), .possible = choose(members, copies_)};
}

}  // namespace kv
