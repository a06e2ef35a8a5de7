// Drawing the first N nodes of a walk, added up instead of simulated.
#pragma once

#include <cstdint>
#include <map>
#include <span>

namespace kv {

// So many nodes of so many tokens each.
struct NodesAlike {
  double tokens;
  double nodes;
};

// The share of the keys that a node has a copy of: its mean, its variance over random
// tokens, and how far off the standard deviation may be where only bounds are known.
struct Holding {
  double share = 0;
  double variance = 0;
  double doubt = 0;
};

// What a node of each kind holds of `copies` copies, by its tokens; there are more nodes
// than copies, or as many. Empty where adding up would take too long: with many different
// kinds of nodes.
[[nodiscard]] std::map<double, Holding> holdings(std::span<const NodesAlike> kinds,
                                                 std::uint64_t copies);

}  // namespace kv
