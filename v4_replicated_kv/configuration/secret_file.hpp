// The file with the secret by which nodes know each other.
//
// Breaks if  others may read it: then they are nodes, too.
// Threads   any.
#pragma once

#include <string>

#include "common/base/result.hpp"

namespace kv {

inline constexpr std::size_t kSecretBytesMin = 16;
inline constexpr std::size_t kSecretBytesMax = 4096;

// The bytes of the file, without one newline at its end, as an editor leaves it. Errors
// name the file, and never what is in it: not_found, io; bad_input for what is no file,
// has too few or too many bytes, or may be read or written by anybody but its owner.
[[nodiscard]] Result<std::string> read_secret(const std::string& path);

}  // namespace kv
