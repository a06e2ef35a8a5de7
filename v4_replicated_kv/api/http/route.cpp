#include "v4_replicated_kv/api/http/route.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/percent.hpp"
#include "v4_replicated_kv/api/http/words.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::http {

namespace {

constexpr std::string_view kKeyPath = "/api/v1/kv/";

// What there is besides keys. HEAD is there where GET is.
struct Place {
  std::string_view path;
  std::string_view method;
  What what;
};
constexpr std::array kPlaces{
    Place{"/GET", "GET", What::get_named},
    Place{"/PUT", "PUT", What::put_named},
    Place{"/AddServer", "POST", What::add_server},
    Place{"/api/v1/batch", "POST", What::batch},
    Place{"/api/v1/keys", "GET", What::keys},
    Place{"/api/v1/cluster/health", "GET", What::health},
    Place{"/api/v1/cluster/stats", "GET", What::stats},
    Place{"/api/v1/cluster/nodes", "GET", What::nodes},
    Place{"/api/v1/cluster/ring", "GET", What::ring},
    Place{"/api/v1/admin/stats", "GET", What::stats},
    Place{"/api/v1/admin/nodes", "GET", What::nodes},
    Place{"/healthz", "GET", What::alive},
    Place{"/readyz", "GET", What::ready},
};

// What HTTP knows; what it does not is 501 and not 405.
constexpr std::array<std::string_view, 9> kMethods{
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};

std::unexpected<Refusal> not_here(std::string_view method, std::string_view allow) {
  if (std::ranges::find(kMethods, method) == kMethods.end()) {
    return refuse(501, "bad_request",
                  fmt::format("nobody knows the method {}", printable(method)));
  }
  auto refused = refuse(405, "bad_request",
                        fmt::format("{} is not done here: takes {}", method, allow));
  refused.error().allow = allow;
  return refused;
}

OrRefused<std::string> key_of(std::string_view escaped) {
  if (escaped.contains('/')) {
    return refuse(404, "not_found",
                  "there is nothing there; in a key, a slash is written %2F");
  }
  auto key = percent_decoded(escaped);
  if (!key) {
    return refuse("in the key, a % is not followed by two hexadecimal digits");
  }
  if (key->empty()) return refuse("the key is empty: it has at least one byte");
  if (key->size() > kKeyBytesMax) {
    return refuse(
        414, "too_large",
        fmt::format("the key has {} bytes, and may have {}", key->size(), kKeyBytesMax));
  }
  return *std::move(key);
}

OrRefused<Route> key_route(std::string_view method, std::string_view escaped,
                           std::string_view query) {
  auto key = key_of(escaped);
  if (!key) return std::unexpected(std::move(key.error()));
  Route route{.is_head = method == "HEAD", .key = *std::move(key), .query = query};
  if (method == "PUT") {
    route.what = What::put;
  } else if (method == "DELETE") {
    route.what = What::erase;
  } else if (method != "GET" && method != "HEAD") {
    return not_here(method, "GET, HEAD, PUT, DELETE");
  }
  return route;
}

// The address before a path, if there is one, names this server, whatever it is.
std::string_view without_address(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_word(target.substr(0, scheme.size()), scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    return path == target.npos ? std::string_view("/") : target.substr(path);
  }
  return target;
}

}  // namespace

OrRefused<Route> route_of(std::string_view method, std::string_view target) {
  if (target.contains('#')) return refuse("a # does not belong into a path: write %23");
  std::string_view query = without_address(target);
  const std::string_view path = take_until(query, '?');
  if (path.starts_with(kKeyPath)) {
    return key_route(method, path.substr(kKeyPath.size()), query);
  }
  const auto* const place = std::ranges::find(kPlaces, path, &Place::path);
  if (place == kPlaces.end()) {
    if (std::ranges::find(kMethods, method) == kMethods.end())
      return not_here(method, "");
    return refuse(404, "not_found",
                  fmt::format("there is nothing at {}", printable(path)));
  }
  const bool is_head = method == "HEAD" && place->method == "GET";
  if (method != place->method && !is_head) {
    return not_here(method, place->method == "GET" ? "GET, HEAD" : place->method);
  }
  return Route{.what = place->what, .is_head = is_head, .query = query};
}

}  // namespace kv::http
