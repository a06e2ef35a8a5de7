// Whether a request's headers ask for what is done here.
//
// Breaks if  what would change a request's meaning is passed over: a put "only if nobody else
//            has put it" (If-None-Match) would replace what somebody has put, and a body that
//            was compressed would be stored as it came, and read as something else.
// Left out  conditions of a get: they only save bytes, and an answer in full is right.
#pragma once

#include "v4_replicated_kv/api/http/http_request.hpp"
#include "v4_replicated_kv/api/http/refusal.hpp"
#include "v4_replicated_kv/api/http/route.hpp"

namespace kv::http {

[[nodiscard]] OrRefused<void> check_head(const HttpRequest& head, What what);

}  // namespace kv::http
