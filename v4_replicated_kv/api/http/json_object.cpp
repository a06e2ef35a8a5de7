#include "v4_replicated_kv/api/http/json_object.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"

namespace kv::http {

namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 4;  // of a batch it is three

// Where the string ends that begins with `text`, its quote included.
std::size_t string_end(std::string_view text) {
  for (std::size_t quote = text.find('"');; quote = text.find('"', quote + 1)) {
    if (quote == text.npos) return text.size();
    const std::size_t plain = text.find_last_not_of('\\', quote - 1);
    const bool is_first = quote == 0 || plain == text.npos;
    const std::size_t escapes = is_first ? quote : quote - 1 - plain;
    if (escapes % 2 == 0) return quote + 1;
  }
}

// How often a text that is JSON names a member: each name has the one colon that stands
// outside of strings.
std::size_t names_in(std::string_view text) {
  std::size_t names = 0;
  for (;;) {
    const std::size_t quote = text.find('"');
    names += static_cast<std::size_t>(std::ranges::count(text.substr(0, quote), ':'));
    if (quote == text.npos) return names;
    text.remove_prefix(quote + 1);
    text.remove_prefix(string_end(text));
  }
}

// How many members there are once each name counts once. As deep as kDepthMax.
std::size_t members_of(const json::value& value) {
  std::size_t members = 0;
  if (const auto* const object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += members_of(member.value());
  } else if (const auto* const list = value.if_array()) {
    for (const json::value& one : *list) members += members_of(one);
  }
  return members;
}

}  // namespace

OrRefused<void> only_known(const json::object& object,
                           std::span<const std::string_view> known) {
  for (const auto& member : object) {
    const std::string_view name = std_view(member.key());
    if (std::ranges::find(known, name) != known.end()) continue;
    return refuse(fmt::format("nobody knows the field {} here; {}", printable(name),
                              suggestion(name, known)));
  }
  return {};
}

OrRefused<json::value> read_object(std::string_view text, const BodyForm& form,
                                   json::storage_ptr room) {
  const std::string what_to_do =
      fmt::format("send JSON like {}{}", form.example,
                  form.may_be_bytes ? ", or any bytes as application/octet-stream" : "");
  if (text.empty()) return refuse("the request has no body: " + what_to_do);
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code failed;
  json::value read =
      json::parse({text.data(), text.size()}, failed, std::move(room), options);
  if (failed) {
    return refuse(fmt::format("the body is no JSON that can be read: {}; {}",
                              failed.message(), what_to_do));
  }
  if (!read.is_object()) return refuse("the body is not a JSON object: " + what_to_do);
  if (auto checked = only_known(read.get_object(), form.fields); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (names_in(text) != members_of(read)) {
    return refuse("the body names a field twice: say each once");
  }
  return read;
}

}  // namespace kv::http
