// The words behind `v4_replicated_kv cluster`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/vocabulary.hpp"

namespace kv {

struct LocalWords {
  bool help = false;
  std::uint64_t nodes = 3;
  std::string data_dir{};  // empty: a temporary one, removed at the end
  bool in_memory = false;
  std::uint64_t http_base = 8080;  // node1's port; node2 has the next
  std::uint64_t grpc_base = 9000;
  std::uint64_t resp_base = 6380;
  std::vector<std::string> settings{};  // behind "--": for each serve, as they are
};

[[nodiscard]] std::string_view local_help();

// All that a person can type behind it.
[[nodiscard]] Vocabulary local_vocabulary();

// Errc::bad_usage with the word, and what is taken instead. `argv[0]` is not looked at.
[[nodiscard]] Result<LocalWords> read_local_words(int argc, const char* const* argv);

}  // namespace kv
