// Any bytes as letters, and back.
//
// Source    RFC 4648, section 4: the alphabet with '+' and '/', and padding.
// Breaks if  a decoder takes what no encoder writes: then two texts stand for the same
//            bytes, and one that was cut short may pass for whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kv {

// Appends four letters for every three bytes.
void append_base64(std::string& out, std::string_view bytes);

// The bytes that `text` stands for; nothing for what append_base64 would not have written.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace kv
