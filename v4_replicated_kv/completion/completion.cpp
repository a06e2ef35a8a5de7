#include "v4_replicated_kv/completion/completion.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "common/base/text.hpp"
#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "common/lesson/stages.hpp"
#include "v4_replicated_kv/completion/bash_script.hpp"

namespace kv {

namespace {

constexpr std::array<std::string_view, 1> kShells{"bash"};
constexpr std::array kFlags{Flag{.name = "--help", .has_value = false}};

constexpr std::string_view kHelp =
    "Prints what a shell needs to complete the words of these programs.\n"
    "\n"
    "Usage: v4_replicated_kv completion bash\n"
    "\n"
    "bash   source <(v4_replicated_kv completion bash)\n"
    "       in ~/.bashrc, for every shell that begins from then on\n"
    "zsh    autoload -Uz compinit bashcompinit; compinit; bashcompinit\n"
    "       and then the same line\n";

// Those of the stages that are one program each; the bank's flags are among chapter 3's.
std::vector<Vocabulary> stages() {
  std::vector<Vocabulary> all;
  for (const Program* program : {&kModularStage.program, &kRingStage.program,
                                 &kVirtualNodeStage.program, &kCompareProgram}) {
    all.push_back(vocabulary_of(*program));
    if (!program->has_bank) continue;
    Program bank = *program;
    bank.is_bank = true;
    for (FlagWords& flag : vocabulary_of(bank).flags) {
      auto& known = all.back().flags;
      if (std::ranges::find(known, flag.name, &FlagWords::name) == known.end()) {
        known.push_back(std::move(flag));
      }
    }
  }
  return all;
}

std::vector<Vocabulary> all_words(const std::vector<Vocabulary>& commands) {
  std::vector<Vocabulary> all = stages();
  all.insert(all.end(), commands.begin(), commands.end());
  Vocabulary without = commands.front();
  without.command.clear();
  for (const Vocabulary& each : commands) without.actions.push_back(each.command);
  all.push_back(std::move(without));
  return all;
}

Result<int> run(int argc, const char* const* argv,
                const std::vector<Vocabulary>& commands) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words =
      CommandWords::read("completion", all.subspan(all.empty() ? 0 : 1), kFlags);
  if (!words) return std::unexpected(words.error());
  std::string out(kHelp);
  if (!words->has("--help")) {
    const auto& plain = words->plain();
    if (plain.size() != 1 || plain[0] != kShells[0]) {
      return fail(Errc::bad_usage, plain.empty()
                                       ? std::string("needs a shell: bash (see --help)")
                                       : printable(plain.back()) + ": takes bash alone");
    }
    out = bash_script(all_words(commands));
  }
  if (auto written = write_output(out); !written) {
    return std::unexpected(written.error());
  }
  return 0;
}

}  // namespace

Vocabulary completion_vocabulary() {
  return vocabulary_of("completion", kShells, kFlags);
}

int completion_main(int argc, const char* const* argv,
                    const std::vector<Vocabulary>& commands) {
  return exit_status_of("v4_replicated_kv completion",
                        [&] { return run(argc, argv, commands); });
}

}  // namespace kv
