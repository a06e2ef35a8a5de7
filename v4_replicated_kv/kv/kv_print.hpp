// What `kv` prints of an answer, for people and for programs.
#pragma once

#include <string>
#include <string_view>

#include "v4_replicated_kv/client/client.hpp"

namespace kv {

// One line, with a newline.
[[nodiscard]] std::string written_text(std::string_view verb, const WriteResult& written);

// JSON objects on one line, with a newline; bytes that are not UTF-8 in fields whose names
// end in _base64, as over HTTP.
[[nodiscard]] std::string written_json(std::string_view key, std::string_view status,
                                       const WriteResult& written);
[[nodiscard]] std::string found_json(std::string_view key, const ReadResult& found);
[[nodiscard]] std::string key_json(std::string_view key);
[[nodiscard]] std::string failure_json(const Failure& failure);

// The sentence of a failure, and what to make of it.
[[nodiscard]] std::string failure_text(const Failure& failure);

}  // namespace kv
