#include "v4_replicated_kv/serve/settings_command.hpp"

#include <string>
#include <vector>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/configuration/read_settings.hpp"

namespace kv {

int run_with_settings(const SettingsCommand& command, int argc, const char* const* argv) {
  return exit_status_of(command.program, [&]() -> Result<int> {
    std::vector<std::string_view> words;
    for (int i = 1; i < argc; ++i) words.emplace_back(argv[i]);
    const auto settings = read_settings(words, command.role);
    if (!settings) return std::unexpected(settings.error());
    const auto done =
        *settings
            ? command.run(**settings)
            : write_output(std::string(command.about) + configuration_help(command.role));
    if (!done) return std::unexpected(done.error());
    return 0;
  });
}

}  // namespace kv
