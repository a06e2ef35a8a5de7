// Keeps the pages of other sites out: a browser sends their requests to whatever its user can
// reach, a store on 127.0.0.1 above all.
//
// Idea      a browser says which site a page is of (Origin), and by which name it came here
//           (Host). A page from elsewhere has another Origin; or the right one, and a name that
//           is none of this machine's.
// Breaks if  only Origin is looked at: whoever owns a name decides what it means. A page of
//            evil.example whose name comes to mean 127.0.0.1 is of our own site, as far as its
//            browser knows (DNS rebinding).
// Left out  doors that other machines reach: their names are many, and nobody has told them.
#pragma once

#include <string>
#include <vector>

#include "v4_replicated_kv/api/http/http_request.hpp"
#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

// By what its clients call a door.
struct DoorNames {
  // It listens on loopback: all of its names are known.
  bool is_of_this_machine = false;
  std::vector<std::string> names{};  // beside localhost, and numbers
};

// 403 where the request may be a foreign page's.
[[nodiscard]] OrRefused<void> check_page(const HttpRequest& head, const DoorNames& own);

}  // namespace kv::http
