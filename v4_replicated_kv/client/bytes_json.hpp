// Bytes in JSON: as text where they are UTF-8, else in base64 under another name.
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace kv {

// Adds `name`, or `name`_base64.
void put_bytes(boost::json::object& object, std::string_view name,
               std::string_view bytes);

}  // namespace kv
