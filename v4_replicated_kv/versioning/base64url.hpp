// Bytes as text that fits in a header, a URL and a command line.
//
// Breaks if  several texts stand for the same bytes: then comparing or signing a text
//            says
//           nothing about the bytes. Here each has one, and all others are refused.
// Source    RFC 4648, section 5 (the alphabet) and 3.5 (the bits left over); no padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kv {

[[nodiscard]] std::string to_base64url(std::string_view bytes);

// Nothing for a text that to_base64url does not make. Takes three quarters of its size.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace kv
