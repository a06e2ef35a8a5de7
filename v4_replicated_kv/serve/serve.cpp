#include "v4_replicated_kv/serve/serve.hpp"

#include "v4_replicated_kv/serve/server_process.hpp"
#include "v4_replicated_kv/serve/settings_command.hpp"
#include "v4_replicated_kv/serve/settings_vocabulary.hpp"

namespace kv {

namespace {

constexpr SettingsCommand kServe{
    .program = "v4_replicated_kv serve",
    .about =
        "Runs a node of the store, until a signal ends it.\n\n"
        "Usage: v4_replicated_kv serve [--config FILE] [--KEY VALUE]...\n\n"
        "A key stands in a section of the file, or is a flag; none has to be "
        "given.\n\n",
    .role = Role::node,
    .run = &serve};

}  // namespace

Vocabulary serve_vocabulary() {
  return settings_vocabulary("serve");
}

int serve_main(int argc, const char* const* argv) {
  return run_with_settings(kServe, argc, argv);
}

}  // namespace kv
