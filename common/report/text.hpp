// A run as a screen of text, 90 columns wide.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/experiment/run.hpp"
#include "common/report/paint.hpp"

namespace kv {

// The words around a run's figures.
struct Lesson {
  std::string title;                   // "CHAPTER 2 - the ring"
  std::string caveat;                  // what to know before the run; may be empty
  std::string_view question;           // to answer before reading on
  std::vector<std::string> to_notice;  // a paragraph each
  std::string_view why;                // where the chapter explains it
  std::string_view next;               // the next program
};

// One stage's screen.
[[nodiscard]] std::string render_text(const Lesson& lesson, const Run& run, Style style);

// `step`'s prediction of a quantity as "20.0 ± 1.2 %" (or with +-), and whether the run
// agrees, as "ok " or "OFF"; blank where there is none.
[[nodiscard]] std::string predicted_cell(const StepReport& step, Quantity quantity,
                                         Style style);
[[nodiscard]] std::string verdict_cell(const StepReport& step, Quantity quantity,
                                       Style style);

// "WHY" and the like, and the text behind them, wrapped at its own margin.
[[nodiscard]] std::string heading(Style style, std::string_view name,
                                  std::string_view text);

// The four stages side by side: a row a figure, a column a stage; all runs have the same
// steps.
[[nodiscard]] std::string render_comparison(const std::vector<Run>& runs, Style style);

}  // namespace kv
