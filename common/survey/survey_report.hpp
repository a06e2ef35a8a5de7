// The engineer's table for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "common/experiment/run.hpp"
#include "common/report/paint.hpp"
#include "common/survey/survey.hpp"

namespace kv {

// `asked` has what the survey was asked for, and the first nodes in its one step.
[[nodiscard]] std::string render_survey_text(const Survey& survey,
                                             const Scenario& scenario, const Run& asked,
                                             Style style);
[[nodiscard]] std::string render_survey_json(const Survey& survey,
                                             const Scenario& scenario, const Run& asked);
[[nodiscard]] std::string render_survey_csv(const Survey& survey);

}  // namespace kv
