// `v4_replicated_kv kv put|get|delete|batch|scan`: the store by hand, and from scripts.
#pragma once

namespace kv {

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int kv_main(int argc, const char* const* argv);

}  // namespace kv
