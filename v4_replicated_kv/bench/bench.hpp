// `v4_replicated_kv bench`: load on a running store, and honest latencies.
#pragma once

namespace kv {

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int bench_main(int argc, const char* const* argv);

}  // namespace kv
