#include "common/experiment/scenario.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace kv {

std::string_view name_of(Action action) {
  switch (action) {
    case Action::initial:
      return "initial";
    case Action::add:
      return "add";
    case Action::remove:
      return "remove";
    case Action::weight:
      break;
  }
  return "weight";
}

namespace {

// Gives ids to names, each new name the next one: a node that comes back is the same
// node, and gets its old tokens again.
class Roll {
 public:
  NodeId id_of(const std::string& name) {
    const auto next = NodeId{static_cast<std::uint32_t>(names_.size())};
    const auto [known, is_new] = ids_.try_emplace(name, next);
    if (is_new) names_.push_back(name);
    return known->second;
  }

  [[nodiscard]] std::vector<std::string> take_names() && { return std::move(names_); }

 private:
  std::unordered_map<std::string, NodeId> ids_;
  std::vector<std::string> names_;
};

// Why `step` cannot be taken from `nodes`, or nothing.
std::optional<std::string> objection(const Step& step, const std::vector<Node>& nodes) {
  const bool present = std::ranges::find(nodes, step.node, &Node::name) != nodes.end();
  if (step.action == Action::add && present) {
    return fmt::format("add:{0}: {0} is in the cluster already", step.node);
  }
  if (step.action != Action::add && !present) {
    return fmt::format("{0}:{1}: there is no node {1} at that step", name_of(step.action),
                       step.node);
  }
  if (step.action == Action::remove && nodes.size() == 1) {
    return fmt::format("remove:{0}: {0} is the last node, and keys need an owner",
                       step.node);
  }
  return std::nullopt;
}

void apply(const Step& step, NodeId id, std::vector<Node>& nodes) {
  if (step.action == Action::add) {
    nodes.push_back({.id = id, .name = step.node, .weight = step.weight});
  } else if (step.action == Action::remove) {
    std::erase_if(nodes, [=](const Node& node) { return node.id == id; });
  } else {
    std::ranges::find(nodes, id, &Node::id)->weight = step.weight;
  }
}

}  // namespace

double tokens_in(const ClusterState& state, std::uint64_t vnodes) {
  double tokens = 0;
  for (const Node& node : state.nodes) {
    tokens += static_cast<double>(tokens_for(node.weight, vnodes));
  }
  return tokens;
}

Result<Scenario> plan(const std::vector<Node>& first, const std::vector<Step>& steps) {
  Scenario scenario;
  Roll roll;
  ClusterState state{.action = Action::initial, .changed = {}, .nodes = first};
  for (Node& node : state.nodes) node.id = roll.id_of(node.name);
  scenario.states.push_back(state);
  for (const Step& step : steps) {
    if (auto why = objection(step, state.nodes)) {
      return fail(Errc::bad_usage, "--step " + *why);
    }
    state.action = step.action;
    state.changed = roll.id_of(step.node);
    apply(step, state.changed, state.nodes);
    scenario.states.push_back(state);
    if (state.changed.raw() >= kNodesMax) {
      return fail(
          Errc::bad_usage,
          fmt::format("--step add:{}: a run takes at most {} different nodes; give "
                      "fewer --nodes",
                      step.node, kNodesMax));
    }
  }
  scenario.names = std::move(roll).take_names();
  return scenario;
}

}  // namespace kv
