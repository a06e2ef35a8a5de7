// What is about to happen: the first nodes, and the steps that change them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/placement.hpp"

namespace kv {

enum class Action { initial, add, remove, weight };

// "initial", "add", "remove" or "weight".
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
  std::vector<Node> nodes;  // in the order in which they joined
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
// already, a node to remove or weigh is not, or the last node would leave.
[[nodiscard]] Result<Scenario> plan(const std::vector<Node>& first,
                                    const std::vector<Step>& steps);

}  // namespace kv
