#include "v4_replicated_kv/demo/demo.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/lesson/run_stage.hpp"
#include "common/report/scenes_text.hpp"
#include "v4_replicated_kv/demo/copies.hpp"
#include "v4_replicated_kv/scenes/scenes.hpp"

namespace kv {

namespace {

// CSV has no place for scenes, so they are not played for it.
Result<void> add_scenes(const Options& options, Progress& progress, Run& run) {
  if (options.format == Format::csv) return {};
  auto scenes = play_scenes(options.scenes, options.hasher.seed(), progress);
  if (!scenes) return std::unexpected(scenes.error());
  run.scenes = *std::move(scenes);
  return {};
}

// What differs from run to run has no place in the result.
void print_notes(const Options& options, const Run& run) {
  for (const SceneReport& scene : run.scenes) {
    for (const std::string& note : scene.notes) {
      if (!options.quiet) fmt::print(stderr, "{}\n", note);
    }
  }
}

Result<void> run_demo(const Options& options) {
  if (auto checked = check_states(options); !checked) return checked;
  return with_keys(options, [&](const KeySet& keys, Progress& progress) -> Result<void> {
    Run run = run_copies(options, keys, progress);
    if (auto played = add_scenes(options, progress, run); !played) return played;
    auto done = deliver(lesson_of(kReplicatedStage, nullptr, run), options, run);
    if (!done) return done;
    print_notes(options, run);
    return promises_kept(run.scenes);
  });
}

}  // namespace

Vocabulary demo_vocabulary() {
  Vocabulary words = vocabulary_of(kReplicatedStage.program);
  words.command = "demo";
  return words;
}

int demo_main(int argc, const char* const* argv) {
  return run_program(kReplicatedStage.program, argc, argv, run_demo);
}

}  // namespace kv
