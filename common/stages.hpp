// The lesson around each stage: its title, its question, what to notice, what comes next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/command_line/options.hpp"
#include "common/experiment/run.hpp"
#include "common/predictions/prediction.hpp"

namespace kv {

struct Stage {
  Program program;
  std::string_view title;     // "CHAPTER 2 - the ring"
  std::string_view question;  // to answer before reading on; "{}" is the first step
  Theory theory;
  // What this run shows, a paragraph each, from its own figures.
  std::vector<std::string> (*notice)(const Run&);
  std::string_view why;   // where the chapter explains it
  std::string_view next;  // the next program
};

extern const Stage kModularStage;
extern const Stage kRingStage;
extern const Stage kVirtualNodeStage;

}  // namespace kv
