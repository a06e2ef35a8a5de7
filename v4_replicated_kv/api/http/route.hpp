// Which of the things that there are a method and a path mean.
//
// Idea      one table says which paths there are and what may be done with each; the answers
//           404, 405 and 501, and the header Allow, follow from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

enum class What : std::uint8_t {
  get,
  put,
  erase,
  get_named,  // GET and PUT whose body names the key
  put_named,
  add_server,
  batch,
  keys,
  health,
  stats,
  nodes,
  ring,
  alive,
  ready,
};

struct Route {
  What what = What::get;
  bool is_head = false;      // the same as a GET, without its body
  std::string key{};         // of get, put and erase: decoded, 1 to kKeyBytesMax bytes
  std::string_view query{};  // a part of the target
};

// `target` is a path with a query, or an address with both (RFC 9112, section 3.2.2).
[[nodiscard]] OrRefused<Route> route_of(std::string_view method, std::string_view target);

}  // namespace kv::http
