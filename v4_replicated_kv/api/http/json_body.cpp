#include "v4_replicated_kv/api/http/json_body.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/json_object.hpp"
#include "v4_replicated_kv/api/http/parameters.hpp"
#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::http {

namespace {

namespace json = boost::json;

// The bytes of a field, or of its form in base64: one of the two, or none.
OrRefused<std::optional<std::string>> bytes_of(const json::object& object,
                                               std::string_view name) {
  const std::string encoded_name = std::string(name) + "_base64";
  const json::value* const plain = object.if_contains({name.data(), name.size()});
  const json::value* const encoded = object.if_contains(encoded_name);
  if (plain != nullptr && encoded != nullptr) {
    return refuse(fmt::format("{} and {} contradict each other", name, encoded_name));
  }
  if (plain == nullptr && encoded == nullptr) return std::nullopt;
  if (plain != nullptr) {
    if (!plain->is_string()) return refuse(fmt::format("{} is a string", name));
    return std::string(std_view(plain->get_string()));
  }
  if (!encoded->is_string()) return refuse(fmt::format("{} is a string", encoded_name));
  auto bytes = decode_base64(std_view(encoded->get_string()));
  if (!bytes) return refuse(fmt::format("{} is not base64", encoded_name));
  return *std::move(bytes);
}

OrRefused<std::uint64_t> ttl_ms_in(const json::object& object) {
  const json::value* const ttl = object.if_contains("ttl_s");
  if (ttl == nullptr) return 0;
  if (!ttl->is_int64() || ttl->get_int64() < 0) {
    return refuse("ttl_s is a whole number of seconds, from 1 on");
  }
  return ttl_ms_of(static_cast<std::uint64_t>(ttl->get_int64()));
}

OrRefused<std::string> context_in(const json::object& object) {
  const json::value* const context = object.if_contains("context");
  if (context == nullptr) return std::string();
  if (!context->is_string()) return refuse("context is a string, as an answer had it");
  return std::string(std_view(context->get_string()));
}

OrRefused<void> check_value(std::size_t bytes, std::size_t value_bytes_max) {
  if (bytes <= value_bytes_max) return {};
  return refuse(
      413, "too_large",
      fmt::format("the value has {} bytes, and may have {}", bytes, value_bytes_max));
}

OrRefused<void> check_key(std::string_view key) {
  if (key.empty()) return refuse("the key is empty: it has at least one byte");
  if (key.size() <= kKeyBytesMax) return {};
  return refuse(
      414, "too_large",
      fmt::format("the key has {} bytes, and may have {}", key.size(), kKeyBytesMax));
}

OrRefused<PutBody> put_in(const json::object& object, std::size_t value_bytes_max) {
  auto value = bytes_of(object, "value");
  if (!value) return std::unexpected(std::move(value.error()));
  if (!*value) return refuse("a put has a field value, or value_base64");
  if (auto checked = check_value((*value)->size(), value_bytes_max); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  const auto ttl_ms = ttl_ms_in(object);
  if (!ttl_ms) return std::unexpected(ttl_ms.error());
  auto context = context_in(object);
  if (!context) return std::unexpected(std::move(context.error()));
  return PutBody{
      .value = **std::move(value), .ttl_ms = *ttl_ms, .context = *std::move(context)};
}

OrRefused<std::string> key_in(const json::object& object) {
  auto key = bytes_of(object, "key");
  if (!key) return std::unexpected(std::move(key.error()));
  if (!*key) return refuse("an operation has a field key, or key_base64");
  if (auto checked = check_key(**key); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return **std::move(key);
}

OrRefused<Operation> operation_in(const json::value& from, std::size_t value_bytes_max) {
  constexpr std::array<std::string_view, 7> kPut{
      "type", "key", "key_base64", "value", "value_base64", "ttl_s", "context"};
  constexpr std::array<std::string_view, 4> kDelete{"type", "key", "key_base64",
                                                    "context"};
  if (!from.is_object()) return refuse("an operation is a JSON object");
  const json::object& object = from.get_object();
  const json::value* const type = object.if_contains("type");
  if (type == nullptr || !type->is_string()) {
    return refuse("an operation has a type: put, get or delete");
  }
  const std::string_view word = std_view(type->get_string());
  Operation operation;
  std::span<const std::string_view> known(kPut);
  if (word == "get") {
    known = std::span(kDelete).first(3);
  } else if (word == "delete") {
    operation.verb = Verb::erase;
    known = kDelete;
  } else if (word == "put") {
    operation.verb = Verb::put;
  } else {
    return refuse(fmt::format("{} is no type of operation: there are put, get and delete",
                              printable(word)));
  }
  if (auto checked = only_known(object, known); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  auto key = key_in(object);
  if (!key) return std::unexpected(std::move(key.error()));
  operation.key = *std::move(key);
  if (operation.verb == Verb::get) return operation;
  if (operation.verb == Verb::put) {
    auto put = put_in(object, value_bytes_max);
    if (!put) return std::unexpected(std::move(put.error()));
    operation.put = *std::move(put);
    return operation;
  }
  auto context = context_in(object);
  if (!context) return std::unexpected(std::move(context.error()));
  operation.put.context = *std::move(context);
  return operation;
}

}  // namespace

OrRefused<PutBody> read_put(std::string_view text, std::size_t value_bytes_max) {
  constexpr std::array<std::string_view, 4> kKnown{"value", "value_base64", "ttl_s",
                                                   "context"};
  const BodyForm form{
      .fields = kKnown, .example = R"({"value":"apples"})", .may_be_bytes = true};
  std::array<unsigned char, 2048> near;  // most bodies need no more
  json::monotonic_resource room(near.data(), near.size());
  const auto read = read_object(text, form, &room);
  if (!read) return std::unexpected(read.error());
  const json::object& object = read->get_object();
  return put_in(object, value_bytes_max);
}

OrRefused<NamedBody> read_named(std::string_view text, bool has_value,
                                std::size_t value_bytes_max) {
  constexpr std::array<std::string_view, 2> kKnown{"Key", "Value"};
  std::array<unsigned char, 2048> near;  // as of read_put()
  json::monotonic_resource room(near.data(), near.size());
  const auto known = std::span(kKnown).first(has_value ? 2 : 1);
  const BodyForm form{
      .fields = known,
      .example = has_value ? R"({"Key":"cart","Value":"apples"})" : R"({"Key":"cart"})"};
  const auto read = read_object(text, form, &room);
  if (!read) return std::unexpected(read.error());
  const json::object& object = read->get_object();
  NamedBody body;
  for (const std::string_view name : known) {
    const json::value* const field = object.if_contains({name.data(), name.size()});
    if (field == nullptr || !field->is_string()) {
      return refuse(fmt::format("the body has a field {}, which is a string", name));
    }
    (name == "Key" ? body.key : body.value) = std_view(field->get_string());
  }
  if (auto checked = check_key(body.key); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (auto checked = check_value(body.value.size(), value_bytes_max); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return body;
}

OrRefused<ServerToAdd> read_add_server(std::string_view text) {
  constexpr std::array<std::string_view, 2> kKnown{"url", "weight"};
  const BodyForm form{.fields = kKnown, .example = R"({"url":"http://host:port"})"};
  json::monotonic_resource room;
  const auto read = read_object(text, form, &room);
  if (!read) return std::unexpected(read.error());
  const json::object& object = read->get_object();
  const json::value* const url = object.if_contains("url");
  if (url == nullptr || !url->is_string()) {
    return refuse("the body has a field url, which is a string: http://host:port");
  }
  ServerToAdd server{.url = std::string(std_view(url->get_string()))};
  const json::value* const weight = object.if_contains("weight");
  if (weight == nullptr) return server;
  json::error_code failed;
  server.weight = weight->to_number<double>(failed);
  // Written so that what is no number at all is refused, too.
  const bool in_bounds =
      !failed && server.weight >= kWeightMin && server.weight <= kWeightMax;
  if (!in_bounds) {
    return refuse(fmt::format("weight is {} to {}", kWeightMin, kWeightMax));
  }
  return server;
}

OrRefused<std::vector<OrRefused<Operation>>> read_batch(std::string_view text,
                                                        std::size_t value_bytes_max) {
  constexpr std::array<std::string_view, 1> kKnown{"operations"};
  const BodyForm form{.fields = kKnown,
                      .example = R"({"operations":[{"type":"get","key":"cart"}]})"};
  json::monotonic_resource room;
  const auto read = read_object(text, form, &room);
  if (!read) return std::unexpected(read.error());
  const json::object& object = read->get_object();
  const json::value* const list = object.if_contains("operations");
  if (list == nullptr || !list->is_array()) {
    return refuse("a batch has a field operations, which is a list");
  }
  const json::array& all = list->get_array();
  if (all.size() > kOperationsMax) {
    return refuse(413, "too_large",
                  fmt::format("a batch may have {} operations, and this has {}",
                              kOperationsMax, all.size()));
  }
  std::vector<OrRefused<Operation>> operations;
  operations.reserve(all.size());
  for (const json::value& one : all) {
    operations.push_back(operation_in(one, value_bytes_max));
  }
  return operations;
}

}  // namespace kv::http
