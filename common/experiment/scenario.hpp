// What is about to happen: the first nodes, and the steps that change them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/placement.hpp"

namespace kv {

// A node that goes down stays a member: it keeps its place and what it stores, and cannot
// be reached until it is up again. One that is removed leaves its place to others.
enum class Action { initial, add, remove, weight, down, up };

// "initial", "add", "remove", "weight", "down" or "up".
[[nodiscard]] std::string_view name_of(Action action);

// One change of the cluster. `weight` counts for add and weight only.
struct Step {
  Action action = Action::add;
  std::string node;
  double weight = 1;
};

// The cluster as it stands after a step; `changed` is the node that the step was about
// (meaningless after Action::initial).
struct ClusterState {
  Action action = Action::initial;
  NodeId changed;
  std::vector<Node> nodes;        // in the order in which they joined
  std::vector<NodeId> down = {};  // of these, in the order in which they went down

  [[nodiscard]] bool is_down(NodeId node) const {
    return std::ranges::find(down, node) != down.end();
  }
};

// The tokens of all nodes of a state, at `vnodes` tokens per unit of weight. A number that
// may be far above kTokensMax, hence a double.
[[nodiscard]] double tokens_in(const ClusterState& state, std::uint64_t vnodes);

// Every state of a run, the initial one first, and the names behind the ids.
struct Scenario {
  std::vector<ClusterState> states;
  std::vector<std::string> names;  // by NodeId: every node that ever takes part
};

// Plays `steps` on paper. bad_usage, naming the step, when a node to add is there
// already, a node that a step is about is not, one to go down is down or one to come up is
// not, or fewer nodes would be left than there are copies of a key.
[[nodiscard]] Result<Scenario> plan(const std::vector<Node>& first,
                                    const std::vector<Step>& steps,
                                    std::uint64_t copies = 1);

// What each of `nodes` is due of all keys, at so many copies of each: its part by weight,
// but never more than one copy of every key. What that leaves over is due to the others.
// Sums to `copies`, of which there are no more than nodes.
[[nodiscard]] std::vector<double> due_shares(const std::vector<Node>& nodes,
                                             std::uint64_t copies);

}  // namespace kv
