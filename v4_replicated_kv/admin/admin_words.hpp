// The words behind `v4_replicated_kv admin`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/command_line/vocabulary.hpp"
#include "v4_replicated_kv/client/client.hpp"

namespace kv {

enum class AdminAction : std::uint8_t { help, status, ring, owner, stats };

struct AdminWords {
  AdminAction action = AdminAction::help;
  ClientOptions client{};
  bool json = false;
  std::string key{};  // of owner
};

[[nodiscard]] std::string_view admin_help();

// All that a person can type behind it.
[[nodiscard]] Vocabulary admin_vocabulary();

// Errc::bad_usage with the word, and what is taken instead. `argv[0]` is not looked at.
[[nodiscard]] Result<AdminWords> read_admin_words(int argc, const char* const* argv);

}  // namespace kv
