// The chapter's program: one command a lesson.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/demo/demo.hpp"
#include "v4_replicated_kv/sim/sim.hpp"
#include "v4_replicated_kv/wal/wal.hpp"

namespace {

struct Command {
  std::string_view name;
  int (*run)(int argc, const char* const* argv);  // argv[0] is the program's name
};

// The first one is what the program does where no command is given.
constexpr std::array kCommands{
    Command{.name = "demo", .run = &kv::demo_main},
    Command{.name = "sim", .run = &kv::sim_main},
    Command{.name = "wal", .run = &kv::wal_main},
};

int refuse(std::string_view word) {
  std::string names;
  for (const Command& command : kCommands) {
    names.append(names.empty() ? "" : ", ").append(command.name);
  }
  return kv::report_error(
      "v4_replicated_kv",
      {kv::Errc::bad_usage,
       kv::printable(word) + ": is not a command; takes one of " + names});
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<const char*> words(argv, argv + argc);
  const bool named = argc > 1 && !std::string_view(argv[1]).starts_with('-');
  if (!named) return kCommands.front().run(argc, words.data());
  const std::string_view name = argv[1];
  const auto command = std::ranges::find(kCommands, name, &Command::name);
  if (command == kCommands.end()) return refuse(name);
  words.erase(words.begin() + 1);
  return command->run(argc - 1, words.data());
}
