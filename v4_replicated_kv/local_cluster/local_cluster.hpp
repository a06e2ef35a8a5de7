// `v4_replicated_kv cluster`: a cluster of processes on this machine, with one command.
#pragma once

namespace kv {

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int local_cluster_main(int argc, const char* const* argv);

}  // namespace kv
