// Bytes from outside, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kv {

// The length of the well-formed UTF-8 sequence that `bytes` begins with; 0 where there is
// none.
[[nodiscard]] std::size_t utf8_length(std::string_view bytes);

// Whether all of it is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view bytes);

// `bytes` as one line for a terminal or a log: control characters, marks that turn the
// direction of writing, and bytes that are not UTF-8 become \xNN.
[[nodiscard]] std::string one_line(std::string_view bytes);

// The same for a value inside a sentence: the empty string becomes "", and what is longer
// than 200 bytes is cut.
[[nodiscard]] std::string printable(std::string_view value);

// How many characters well-formed UTF-8 has.
[[nodiscard]] std::size_t characters_in(std::string_view text);

// Well-formed UTF-8 in at most `characters`, of which there are more than three; what is
// longer ends in an ellipsis.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t characters);

// The first `characters` of well-formed UTF-8, with an ellipsis if that is not all.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t characters);

}  // namespace kv
