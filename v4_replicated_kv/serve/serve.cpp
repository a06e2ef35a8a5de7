#include "v4_replicated_kv/serve/serve.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/configuration/read_settings.hpp"
#include "v4_replicated_kv/serve/server_process.hpp"
#include "v4_replicated_kv/serve/settings_vocabulary.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv serve";

std::string help() {
  return "Runs a node of the store, until a signal ends it.\n\n"
         "Usage: v4_replicated_kv serve [--config FILE] [--KEY VALUE]...\n\n"
         "A key stands in a section of the file, or is a flag; none has to be "
         "given.\n\n" +
         configuration_help();
}

Result<int> run(int argc, const char* const* argv) {
  std::vector<std::string_view> words;
  for (int i = 1; i < argc; ++i) words.emplace_back(argv[i]);
  const auto settings = read_settings(words);
  if (!settings) return std::unexpected(settings.error());
  const auto done = *settings ? serve(**settings) : write_output(help());
  if (!done) return std::unexpected(done.error());
  return 0;
}

}  // namespace

Vocabulary serve_vocabulary() {
  return settings_vocabulary("serve");
}

int serve_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
