#include "v4_replicated_kv/serve/proxy.hpp"

#include "v4_replicated_kv/serve/proxy_process.hpp"
#include "v4_replicated_kv/serve/settings_command.hpp"
#include "v4_replicated_kv/serve/settings_vocabulary.hpp"

namespace kv {

namespace {

constexpr SettingsCommand kProxy{
    .program = "v4_replicated_kv proxy",
    .about =
        "Takes requests of clients and asks the nodes that own the keys; holds "
        "nothing.\n\n"
        "Usage: v4_replicated_kv proxy [--config FILE] [--KEY VALUE]...\n\n"
        "It finds its cluster at --seeds, and follows it; without seeds it waits for "
        "its first node\n(POST /AddServer). The keys and flags are those of serve;\n"
        "what they say of a store (node.weight, node.data_dir, storage.*) means "
        "nothing here.\n\n",
    .role = Role::proxy,
    .run = &run_proxy};

}  // namespace

Vocabulary proxy_vocabulary() {
  return settings_vocabulary("proxy");
}

int proxy_main(int argc, const char* const* argv) {
  return run_with_settings(kProxy, argc, argv);
}

}  // namespace kv
