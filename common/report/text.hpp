// A run as a screen of text, 90 columns wide.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"
#include "common/report/paint.hpp"
#include "common/stages.hpp"

namespace kv {

// One stage's screen.
[[nodiscard]] std::string render_text(const Stage& stage, const Run& run, Style style);

// Several stages side by side: a row a figure, a column a stage.
[[nodiscard]] std::string render_comparison(const std::vector<Run>& runs, Style style);

}  // namespace kv
