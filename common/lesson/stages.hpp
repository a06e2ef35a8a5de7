// The lesson around each stage: its title, its question, what to notice, what comes next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/command_line/flags.hpp"
#include "common/experiment/prediction.hpp"
#include "common/experiment/run.hpp"
#include "common/report/text.hpp"

namespace kv {

struct Chapter {
  Program program;
  Theory theory;
  std::string_view title;
  std::string_view question;
  std::vector<std::string> (*to_notice)(const Run&);  // from the run's own figures
  std::string_view why;
  std::string_view next;
};

// What the stage says around this run, for the algorithm that it was given (null where
// there is none to choose).
[[nodiscard]] Lesson lesson_of(const Chapter& stage, const Algorithm* algorithm,
                               const Run& run);

extern const Chapter kModularStage;
extern const Chapter kRingStage;
extern const Chapter kVirtualNodeStage;
extern const Chapter kReplicatedStage;

// All of them, side by side.
extern const Program kCompareProgram;

}  // namespace kv
