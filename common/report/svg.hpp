// The pictures of the page, each one SVG element drawn from a run.
//
// Drawn with text formatting alone: the page must open offline, and a charting library
// would weigh more than everything it draws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/experiment/run.hpp"

namespace kv {

// Load charts show so many nodes at most: the first ones.
inline constexpr std::size_t kNodesDrawn = 40;

// `text` with &, <, > and quotes escaped for HTML and SVG.
[[nodiscard]] std::string escaped(std::string_view text);

// The colour of a node: seven that colour-blind eyes tell apart, then hues in between.
[[nodiscard]] std::string color_of(NodeId node);

// Load per node after `step`; behind each bar, the load before it, if there was a before.
[[nodiscard]] std::string svg_loads(const Run& run, std::size_t step);

// The circle of all hashes after `step`, coloured by owner; outside it, the slices that
// changed hands, in the colour of the new owner.
[[nodiscard]] std::string svg_circle(const Run& run, std::size_t step);

// Moved and sideways keys of `step`, a pair of bars a run, a mark where theory put them.
[[nodiscard]] std::string svg_moves(const std::vector<Run>& runs, std::size_t step);

// Load spread against tokens a node, both logarithmic: theory as a line, the run as dots,
// 9 of 10 seeds as a band.
[[nodiscard]] std::string svg_sweep(const Run& run);

}  // namespace kv
