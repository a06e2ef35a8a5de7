#include "v4_replicated_kv/client/bytes_json.hpp"

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace kv {

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
