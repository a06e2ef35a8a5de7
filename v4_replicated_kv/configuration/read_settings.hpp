// From what was typed to settings that fit together.
//
//   --config FILE ---> file ---+
//   other flags -------------- +---> settings ---> do they fit? ---> Settings
//
// Flags win over the file; but what the file says is checked in any case, so that it is
// not the day on which a flag is left out that finds its mistake.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

// Nothing where --help is among the words. `words` are what follows the command: each key
// is a flag by its name (--cluster.n 3 or --cluster.n=3), some have short forms.
//
// Errors are one line, with the flag, or the file, line and key. Errc::bad_usage for
// flags; bad_input, not_found, io, too_large for the file.
[[nodiscard]] Result<std::optional<Settings>> read_settings(
    std::span<const std::string_view> words, Role role = Role::node);

// What --help prints: a line for each key.
[[nodiscard]] std::string configuration_help(Role role = Role::node);

// The table of the reference page, in Markdown, and the keys of later versions.
[[nodiscard]] std::string configuration_reference();

}  // namespace kv
