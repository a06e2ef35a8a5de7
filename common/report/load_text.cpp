#include "common/report/load_text.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/report/numbers.hpp"

namespace kv {

namespace {

constexpr std::size_t kNodesShown = 24;
constexpr std::size_t kNameWidthMax = 24;
constexpr std::string_view kDown = "  down";  // behind the bar

// The nodes to show: all, or the fullest and the emptiest of very many.
std::vector<NodeLoad> shown_nodes(const StepReport& step) {
  auto nodes = step.nodes;
  if (nodes.size() <= kNodesShown) return nodes;
  std::ranges::stable_sort(nodes, std::greater(), &NodeLoad::keys);
  nodes.erase(nodes.begin() + kNodesShown / 2, nodes.end() - kNodesShown / 2);
  return nodes;
}

// How many keys a node has more than before, signed; "new" for a node that was not there.
std::string change_cell(const NodeLoad& node, const StepReport& before) {
  const auto old = std::ranges::find(before.nodes, node.name, &NodeLoad::name);
  if (old == before.nodes.end()) return "new";
  if (node.keys == old->keys) return "0";
  return node.keys > old->keys ? "+" + with_commas(node.keys - old->keys)
                               : "-" + with_commas(old->keys - node.keys);
}

std::string summary_line(const Distribution& all) {
  return fmt::format(
      "  mean {}   min {}   max {}   max/mean {}   CV {} %\n",
      all.mean < 100 ? plain(all.mean)
                     : with_commas(static_cast<std::uint64_t>(std::llround(all.mean))),
      with_commas(all.min), with_commas(all.max), plain(all.max_over_mean()),
      percent(all.cv()));
}

}  // namespace

std::string load_table(const StepReport& step, const StepReport* before, Style style) {
  const auto nodes = shown_nodes(step);
  std::size_t name_width = 8;
  const bool weighted = step.weighted();
  // The bar's full length. A few nodes share one scale, so that stages compare by eye; of
  // copies, a node may hold one of every key.
  double largest = step.of_copies() ? 1.0 : nodes.size() <= 12 ? 0.4 : 0.0;
  for (const NodeLoad& node : nodes) {
    name_width = std::max(name_width, std::min(characters_in(node.name), kNameWidthMax));
    largest = std::max(largest, node.share);
  }
  const auto row = [&](std::string_view name, const std::string& weight,
                       std::string_view keys, std::string_view share,
                       const std::string& change, const std::string& drawn) {
    std::string line = fmt::format("  {:<{}}", name, name_width);
    if (weighted) line += fmt::format(" {:>7}", weight);
    line += fmt::format(" {:>14} {:>8}", keys, share);
    if (before != nullptr) line += fmt::format(" {:>12}", change);
    line += "  " + drawn;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  const std::size_t bar_width = kColumns - name_width - 28 - (weighted ? 8 : 0) -
                                (before != nullptr ? 13 : 0) -
                                (step.impaired() ? kDown.size() : 0);
  std::string out = step.of_copies()
                        ? row("node", "weight", "copies", "of keys", "change", "")
                        : row("node", "weight", "keys", "share", "change", "");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeLoad& node = nodes[i];
    if (nodes.size() < step.nodes.size() && i == nodes.size() / 2) {
      out += fmt::format("  ... {} nodes between the fullest and the emptiest ...\n",
                         with_commas(step.nodes.size() - nodes.size()));
    }
    out += row(fitted(node.name, kNameWidthMax), fmt::format("{:g}", node.weight),
               with_commas(node.keys), percent(node.share) + " %",
               before != nullptr ? change_cell(node, *before) : "",
               bar(style, node.share / largest, std::min<std::size_t>(bar_width, 40)) +
                   std::string(node.down ? kDown : ""));
  }
  return out + summary_line(step.distribution);
}

}  // namespace kv
