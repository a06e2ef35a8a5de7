// A configuration file as keys and words.
//
// Idea      a file is two levels: sections, and keys in them. All else that YAML can do
//           (tags, maps in lists, several documents) is refused, with its line.
// Breaks if  a value keeps YAML's idea of its type: "no" would be false, and 1:30 ninety.
//            Here each value is the text that stands there; what it means, the key says.
// Source    YAML 1.2; the library does the work.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/given.hpp"

namespace kv {

inline constexpr std::size_t kConfigurationBytesMax = std::size_t{1} << 20;

// What the text gives, with `name` for the file in places. Errc::bad_input for what is no
// YAML, or has another shape; keys that there are not are found by apply().
[[nodiscard]] Result<std::vector<Given>> read_yaml(std::string_view text,
                                                   std::string_view name);

// The file's text. Errc::not_found, Errc::io, or Errc::too_large over the limit.
[[nodiscard]] Result<std::string> read_configuration_file(const std::string& path);

}  // namespace kv
