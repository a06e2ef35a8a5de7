#include "common/experiment/scenario.hpp"

#include <algorithm>
#include <functional>
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
      return "weight";
    case Action::down:
      return "down";
    case Action::up:
      break;
  }
  return "up";
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

// Why `step` cannot be taken from `state`, or nothing.
std::optional<std::string> objection(const Step& step, const ClusterState& state,
                                     std::uint64_t copies) {
  const auto& nodes = state.nodes;
  const auto node = std::ranges::find(nodes, step.node, &Node::name);
  const bool present = node != nodes.end();
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
  if (step.action == Action::remove && nodes.size() <= copies) {
    return fmt::format(
        "remove:{}: leaves {} nodes for {} copies of each key; take fewer --replicas or "
        "more nodes",
        step.node, nodes.size() - 1, copies);
  }
  if (step.action == Action::down && state.is_down(node->id)) {
    return fmt::format("down:{0}: {0} is down already", step.node);
  }
  if (step.action == Action::up && !state.is_down(node->id)) {
    return fmt::format("up:{0}: {0} is up already", step.node);
  }
  return std::nullopt;
}

void apply(const Step& step, NodeId id, ClusterState& state) {
  switch (step.action) {
    case Action::initial:
      break;
    case Action::add:
      state.nodes.push_back({.id = id, .name = step.node, .weight = step.weight});
      break;
    case Action::remove:
      std::erase_if(state.nodes, [=](const Node& node) { return node.id == id; });
      std::erase(state.down, id);
      break;
    case Action::weight:
      std::ranges::find(state.nodes, id, &Node::id)->weight = step.weight;
      break;
    case Action::down:
      state.down.push_back(id);
      break;
    case Action::up:
      std::erase(state.down, id);
      break;
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

std::vector<double> due_shares(const std::vector<Node>& nodes, std::uint64_t copies) {
  double weights = 0;  // of the nodes whose share is not settled
  for (const Node& node : nodes) weights += node.weight;
  auto left = static_cast<double>(copies);  // for them
  std::vector<double> shares(nodes.size());
  std::vector<std::size_t> heaviest(nodes.size());
  for (std::size_t i = 0; i < heaviest.size(); ++i) heaviest[i] = i;
  std::ranges::stable_sort(heaviest, std::greater(),
                           [&](std::size_t i) { return nodes[i].weight; });
  bool capped = copies > 1;
  for (const std::size_t i : heaviest) {
    const double weight = nodes[i].weight;
    capped = capped && weight * left >= weights;
    shares[i] = capped ? 1 : weight / weights * left;
    if (!capped) continue;
    weights -= weight;
    left -= 1;
  }
  return shares;
}

Result<Scenario> plan(const std::vector<Node>& first, const std::vector<Step>& steps,
                      std::uint64_t copies) {
  Scenario scenario;
  Roll roll;
  ClusterState state{
      .action = Action::initial, .changed = {}, .nodes = first, .down = {}};
  for (Node& node : state.nodes) node.id = roll.id_of(node.name);
  scenario.states.push_back(state);
  for (const Step& step : steps) {
    if (auto why = objection(step, state, copies)) {
      return fail(Errc::bad_usage, "--step " + *why);
    }
    state.action = step.action;
    state.changed = roll.id_of(step.node);
    apply(step, state.changed, state);
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
