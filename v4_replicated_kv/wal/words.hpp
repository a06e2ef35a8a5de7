// The words behind `v4_replicated_kv wal`.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/command_line/vocabulary.hpp"

namespace kv {

enum class WalAction { help, dump, verify, import };

struct WalWords {
  WalAction action = WalAction::help;
  std::string path{};       // a store's directory, or a segment
  std::string input = "-";  // of import: a file, or - for standard input
  bool verbose = false;
  bool json = false;
};

[[nodiscard]] std::string_view wal_help();

// All that a person can type behind it.
[[nodiscard]] Vocabulary wal_vocabulary();

// Errc::bad_usage with the word, and what is taken instead. `argv[0]` is not looked at.
[[nodiscard]] Result<WalWords> read_wal_words(int argc, const char* const* argv);

}  // namespace kv
