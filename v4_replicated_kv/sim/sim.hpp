// `v4_replicated_kv sim`: runs of a simulated cluster, one a seed, with their promises
// checked.
#pragma once

namespace kv {

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int sim_main(int argc, const char* const* argv);

}  // namespace kv
