// Bytes in a path or a query: the letters that may stand there, and %XX for all others.
//
// Idea      decoded once, and to whatever bytes come out: a key is opaque. "a%2Fb" is a key
//           with a slash, and ".." is one of two dots.
// Source    RFC 3986, section 2.1. A plus sign is a plus sign; HTML forms think otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kv::http {

// Nothing where a % is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace kv::http
