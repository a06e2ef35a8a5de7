// A command that runs with a configuration until it ends: `serve` and `proxy`.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

struct SettingsCommand {
  std::string_view program;  // as its errors name it
  std::string_view about;    // what --help says before the keys
  Role role = Role::node;    // whose keys they are
  Result<void> (*run)(const Settings& settings);
};

// Reads the words, and runs with what they say or prints help; the exit status.
[[nodiscard]] int run_with_settings(const SettingsCommand& command, int argc,
                                    const char* const* argv);

}  // namespace kv
