// Answers as Redis' clients read them.
//
//   +OK\r\n   -ERR why\r\n   :3\r\n   $6\r\napples\r\n   $-1\r\n   *2\r\n ...
//
// Breaks if  what a client sent comes back in a line of its own: a line break in it would
//            begin the next answer. Lines are written with escapes, strings with lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kv::resp {

inline constexpr std::string_view kOk = "+OK\r\n";
inline constexpr std::string_view kNothing = "$-1\r\n";
inline constexpr std::string_view kEmptyArray = "*0\r\n";

void append_error(std::string& out, std::string_view text);  // "ERR why"
void append_number(std::string& out, std::int64_t number);
void append_string(std::string& out, std::string_view bytes);
// So many answers follow.
void append_array(std::string& out, std::size_t count);

[[nodiscard]] std::string error_text(std::string_view text);
[[nodiscard]] std::string number_text(std::int64_t number);
[[nodiscard]] std::string string_text(std::string_view bytes);

// For a line: what is not printable as \x0a, and at most so many bytes of it.
[[nodiscard]] std::string escaped(std::string_view bytes, std::size_t bytes_max = 128);

}  // namespace kv::resp
