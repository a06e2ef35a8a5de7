// The JSON that clients send.
//
// Idea      limits come first: how deep it may be, how many operations, how many bytes a value
//           may have once it is decoded. What is not asked for is refused by its name, so that
//           a letter too many in "ttl_s" does not store a value for ever.
// Source    RFC 8259. Read by Boost.JSON, which lets through neither comments nor text that is
//           not UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/api/http/add_server.hpp"
#include "v4_replicated_kv/api/http/refusal.hpp"
#include "v4_replicated_kv/replication/request.hpp"

namespace kv::http {

inline constexpr std::size_t kOperationsMax = 1000;

// What a put says beside its key.
struct PutBody {
  std::string value{};
  std::uint64_t ttl_ms = 0;  // 0: for ever
  std::string context{};
};

// {"value" or "value_base64", "ttl_s", "context"}
[[nodiscard]] OrRefused<PutBody> read_put(std::string_view json,
                                          std::size_t value_bytes_max);

// {"Key"}, and with a Value. Both are strings, so they are UTF-8.
struct NamedBody {
  std::string key{};
  std::string value{};
};
[[nodiscard]] OrRefused<NamedBody> read_named(std::string_view json, bool has_value,
                                              std::size_t value_bytes_max);

// {"url", "weight"}: the weight is 0 where none is said.
[[nodiscard]] OrRefused<ServerToAdd> read_add_server(std::string_view json);

struct Operation {
  Verb verb = Verb::get;
  std::string key{};
  PutBody put{};  // of an erase, its context; of a get nothing
};

// {"operations": [{"type", "key" or "key_base64", and what a put takes}]}, at most
// kOperationsMax. One that cannot be is refused on its own.
[[nodiscard]] OrRefused<std::vector<OrRefused<Operation>>> read_batch(
    std::string_view json, std::size_t value_bytes_max);

}  // namespace kv::http
