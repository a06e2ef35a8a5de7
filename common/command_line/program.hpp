// What every program does around its run: read flags and keys, deliver, fail in one line.
#pragma once

#include <functional>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/options.hpp"
#include "common/experiment/key_set.hpp"
#include "common/progress.hpp"
#include "common/report/text.hpp"

namespace kv {

// Parses the command line and calls `run`; answers the exit status. A failure, running
// out of memory included, is one line on standard error.
[[nodiscard]] int run_program(const Program& program, int argc, const char* const* argv,
                              const std::function<Result<void>(const Options&)>& run);

// Reads the keys of `options` and calls `use` with them.
[[nodiscard]] Result<void> with_keys(
    const Options& options,
    const std::function<Result<void>(const KeySet&, Progress&)>& use);

// Copies what was asked for into the run that answers it.
void describe_run(const Program& program, const Options& options, const KeySet& keys,
                  Run& run);

// Writes one stage's run in the format asked for, and its page if one was.
[[nodiscard]] Result<void> deliver(const Lesson& lesson, const Options& options,
                                   const Run& run);

// The same for several runs side by side.
[[nodiscard]] Result<void> deliver_comparison(const Options& options,
                                              const std::vector<Run>& runs);

}  // namespace kv
