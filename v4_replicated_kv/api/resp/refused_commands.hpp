// Commands of Redis that are not here, and why.
#pragma once

#include <string>
#include <string_view>

namespace kv::resp {

// An error's text for a command that is not served, whoever made it up.
[[nodiscard]] std::string why_refused(std::string_view name);

// Whether it is how a request of HTTP begins, or goes on, that can bring commands in its
// body: a page in a browser can have one sent to wherever its user's machine reaches. Who
// sends such a word is not answered, and whatever follows is not read.
[[nodiscard]] bool is_of_http(std::string_view name);

}  // namespace kv::resp
