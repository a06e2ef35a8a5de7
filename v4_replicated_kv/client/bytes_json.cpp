#include "v4_replicated_kv/client/bytes_json.hpp"

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace kv {

namespace {

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace

void put_bytes(boost::json::object& object, std::string_view name,
               std::string_view bytes) {
  if (is_utf8(bytes)) {
    object[name] = bytes;
    return;
  }
  std::string letters;
  append_base64(letters, bytes);
  object[std::string(name) + "_base64"] = letters;
}

}  // namespace kv
