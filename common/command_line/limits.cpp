#include "common/command_line/limits.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

// The flag that brought so many tokens about: the step that joined or weighs more than
// others, the list of weights, or the tokens that every node takes.
std::string source_of_tokens(const Options& options, const ClusterState& state,
                             const Typed& typed) {
  const auto heavy = [](const Node& node) { return node.weight > 1; };
  const auto changed = std::ranges::find(state.nodes, state.changed, &Node::id);
  if (state.action != Action::initial && changed != state.nodes.end() &&
      heavy(*changed)) {
    return fmt::format("--step {}:{}:{}", name_of(state.action), changed->name,
                       changed->weight);
  }
  if (std::ranges::any_of(options.scenario.states.front().nodes, heavy)) {
    return "--nodes " + printable(typed.nodes);
  }
  return fmt::format("--vnodes {}", options.vnodes);
}

}  // namespace

Result<void> check_tokens(const Program& program, const Typed& typed,
                          const Options& options) {
  if (!has_vnodes(program, options)) return {};
  for (const ClusterState& state : options.scenario.states) {
    const double tokens = tokens_in(state, options.vnodes);
    if (tokens <= static_cast<double>(kTokensMax)) continue;
    return fail(
        Errc::bad_usage,
        fmt::format("{}: makes {:.0f} tokens for {} nodes, at {} for a weight of 1, and "
                    "{} is the most; take fewer",
                    source_of_tokens(options, state, typed), tokens, state.nodes.size(),
                    options.vnodes, kTokensMax));
  }
  return {};
}

Result<void> check_nodes(const Options& options) {
  if (options.algorithm == nullptr) return {};
  for (const ClusterState& state : options.scenario.states) {
    if (state.nodes.size() <= options.algorithm->nodes_max) continue;
    return fail(
        Errc::bad_usage,
        fmt::format("--algorithm {}: takes at most {} nodes, and there would be {}",
                    options.algorithm->name, options.algorithm->nodes_max,
                    state.nodes.size()));
  }
  return {};
}

Result<void> check_guest(const Options& options) {
  if (!options.algorithms || options.scenario.names.size() < kNodesMax) return {};
  return fail(Errc::bad_usage,
              fmt::format("--algorithms: times a node that joins and leaves, beside {} "
                          "different ones, and {} is the most; give fewer --nodes",
                          options.scenario.names.size(), kNodesMax));
}

}  // namespace kv
