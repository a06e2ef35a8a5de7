// `v4_replicated_kv admin status|ring|owner|stats`: what a running cluster says of itself.
#pragma once

namespace kv {

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int admin_main(int argc, const char* const* argv);

}  // namespace kv
