// `v4_replicated_kv wal dump|verify|import`: the log as text, checked, and out of text.
#pragma once

namespace kv {

// The subcommand from its first word to its exit status; argv[0] is the program's name.
[[nodiscard]] int wal_main(int argc, const char* const* argv);

}  // namespace kv
