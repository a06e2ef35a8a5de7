#include "common/command_line/typed_steps.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/values.hpp"

namespace kv {

namespace {

// The first name of node_1, node_2, ... from node_{N+1} on that is not taken.
std::string next_name(const std::vector<Node>& nodes) {
  for (std::size_t i = nodes.size() + 1;; ++i) {
    std::string name = fmt::format("node_{}", i);
    if (std::ranges::find(nodes, name, &Node::name) == nodes.end()) return name;
  }
}

// So many times: a node joins, and the one that was there first leaves.
std::vector<Step> default_steps(std::vector<Node> nodes, int times) {
  std::vector<Step> steps;
  for (int i = 0; i < times; ++i) {
    nodes.push_back({.id = {}, .name = next_name(nodes), .weight = 1});
    steps.push_back({.action = Action::add, .node = nodes.back().name, .weight = 1});
    steps.push_back({.action = Action::remove, .node = nodes.front().name, .weight = 1});
    nodes.erase(nodes.begin());
  }
  return steps;
}

// The first node dies, and another joins. Where no other node could take its copies, it is
// down instead of removed.
std::vector<Step> default_failure(const std::vector<Node>& nodes,
                                  std::uint64_t replicas) {
  const Action end = nodes.size() > replicas ? Action::remove : Action::down;
  return {{.action = end, .node = nodes.front().name, .weight = 1},
          {.action = Action::add, .node = next_name(nodes), .weight = 1}};
}

// A node that goes down, where a program keeps one copy of each key and so has no answer.
Result<void> check_failures(const Program& program, const std::string& text,
                            const Step& step) {
  const bool fails = step.action == Action::down || step.action == Action::up;
  if (!fails || program.has_failures) return {};
  return fail(
      Errc::bad_usage,
      fmt::format("--step {}: {} has no nodes that are down; v4_replicated_kv has",
                  printable(text), program.name));
}

}  // namespace

Result<std::vector<Step>> parse_steps(const Program& program,
                                      const std::vector<std::string>& typed,
                                      const std::vector<Node>& nodes,
                                      std::uint64_t replicas) {
  if (typed.empty()) {
    return program.has_failures ? default_failure(nodes, replicas)
                                : default_steps(nodes, program.is_bank ? 2 : 1);
  }
  std::vector<Step> steps;
  for (const std::string& text : typed) {
    if (text == "none") {
      if (typed.size() == 1) return steps;
      return fail(Errc::bad_usage, "--step none: stands alone, without other steps");
    }
    auto step = parse_step(text);
    if (!step) return std::unexpected(step.error());
    if (auto checked = check_failures(program, text, *step); !checked) {
      return std::unexpected(checked.error());
    }
    steps.push_back(std::move(*step));
  }
  return steps;
}

}  // namespace kv
