#include "v4_replicated_kv/serve/proxy.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/configuration/read_settings.hpp"
#include "v4_replicated_kv/serve/proxy_process.hpp"
#include "v4_replicated_kv/serve/settings_vocabulary.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv proxy";

std::string help() {
  return "Takes requests of clients and asks the nodes that own the keys; holds "
         "nothing.\n\n"
         "Usage: v4_replicated_kv proxy [--config FILE] [--KEY VALUE]...\n\n"
         "It finds its cluster at --seeds, and follows it; without seeds it waits for "
         "its "
         "first node\n(POST /AddServer). The keys and flags are "
         "those of serve;\nwhat they say of a store (node.weight, node.data_dir, "
         "storage.*) means "
         "nothing here.\n\n" +
         configuration_help(Role::proxy);
}

Result<int> run(int argc, const char* const* argv) {
  std::vector<std::string_view> words;
  for (int i = 1; i < argc; ++i) words.emplace_back(argv[i]);
  const auto settings = read_settings(words, Role::proxy);
  if (!settings) return std::unexpected(settings.error());
  const auto done = *settings ? run_proxy(**settings) : write_output(help());
  if (!done) return std::unexpected(done.error());
  return 0;
}

}  // namespace

Vocabulary proxy_vocabulary() {
  return settings_vocabulary("proxy");
}

int proxy_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
