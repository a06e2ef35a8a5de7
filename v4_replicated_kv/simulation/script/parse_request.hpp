// What a client asks for: put, get, delete.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/script/words.hpp"

namespace kv {

// The client of a request that names none.
inline constexpr std::string_view kNobodysName = "client";

// What follows `put`, `get` or `delete`.
[[nodiscard]] Result<Statement> parse_request(std::string_view word, Words& words,
                                              const WorldRules& world);

// A key or value that can be read in a trace: 1 to kScriptWordBytesMax bytes of ASCII.
[[nodiscard]] Result<std::string> parse_text(std::string_view word);

// "alice".
[[nodiscard]] Result<std::string> parse_client(std::string_view word);

struct KeyAndValue {
  std::string key;
  std::string value;
};
[[nodiscard]] Result<KeyAndValue> parse_key_and_value(std::string_view word);

}  // namespace kv
