// All stages on the same keys, nodes and steps, side by side.
//
// The one file of common/ that includes the stages: it is a program, not a part of one.
#include <string>
#include <vector>

#include "common/command_line/output.hpp"
#include "common/lesson/algorithms.hpp"
#include "common/lesson/run_stage.hpp"
#include "common/survey/survey_report.hpp"
#include "v1_modular/placement.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/alternatives/by_name.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"
#include "v4_replicated_kv/demo/copies.hpp"

namespace {

kv::Result<void> compare(const kv::Options& options, const kv::KeySet& keys,
                         kv::Progress& progress) {
  using kv::Setup;
  const auto run = [&](const kv::Chapter& stage, const auto& make) {
    return kv::run_for(stage, options, keys, make, progress);
  };
  return kv::deliver_comparison(
      options,
      {run(kv::kModularStage, [](const Setup&) { return kv::ModularPlacement(); }),
       run(kv::kRingStage, [](const Setup& s) { return kv::RingPlacement(s.hash); }),
       run(kv::kVirtualNodeStage,
           [](const Setup& s) { return kv::FastRing(s.hash, s.vnodes); }),
       kv::run_copies(options, keys, progress)});
}

std::string render(const kv::Options& options, const kv::Survey& found,
                   const kv::Run& asked) {
  switch (options.format) {
    case kv::Format::json:
      return kv::render_survey_json(found, options.scenario, asked);
    case kv::Format::csv:
      return kv::render_survey_csv(found);
    case kv::Format::text:
      break;
  }
  const auto style = kv::choose_style(options.color, options.ascii);
  return kv::render_survey_text(found, options.scenario, asked, style);
}

kv::Result<void> compare_algorithms(const kv::Options& options, const kv::KeySet& keys,
                                    kv::Progress& progress) {
  const kv::Setup setup{.hash = options.hasher, .vnodes = options.vnodes};
  const auto found = kv::survey(kv::all_algorithms(), options.scenario, setup, keys,
                                &kv::make_algorithm, progress);
  kv::Run asked;
  kv::describe_run(kv::kCompareProgram, options, keys, asked);
  asked.trials = 0;  // counted once, timed several times
  asked.steps.resize(1);
  for (const kv::Node& node : options.scenario.states.front().nodes) {
    asked.steps[0].nodes.push_back(
        {.name = node.name, .weight = node.weight, .keys = 0, .share = 0});
  }
  return kv::write_output(render(options, found, asked));
}

}  // namespace

int main(int argc, char** argv) {
  return kv::run_program(kv::kCompareProgram, argc, argv, [](const kv::Options& options) {
    return kv::with_keys(options, [&](const kv::KeySet& keys, kv::Progress& progress) {
      return options.algorithms ? compare_algorithms(options, keys, progress)
                                : compare(options, keys, progress);
    });
  });
}
