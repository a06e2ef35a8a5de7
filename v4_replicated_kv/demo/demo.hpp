// `v4_replicated_kv demo`: the statistics of copies, and then a cluster at work.
#pragma once

namespace kv {

// The subcommand from its first flag to its exit status; argv[0] is the program's name.
[[nodiscard]] int demo_main(int argc, const char* const* argv);

}  // namespace kv
