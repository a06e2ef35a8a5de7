// Bytes from outside, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace kv {

// True for well-formed UTF-8 (no overlong forms, surrogates or values past U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes);

// `bytes` as one line for a terminal or a log: control characters and bytes that are not
// UTF-8 become \xNN.
[[nodiscard]] std::string one_line(std::string_view bytes);

// The same for a value inside a sentence: the empty string becomes "", and what is longer
// than 200 bytes is cut.
[[nodiscard]] std::string printable(std::string_view value);

}  // namespace kv
