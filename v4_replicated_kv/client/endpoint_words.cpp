#include "v4_replicated_kv/client/endpoint_words.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"

namespace kv {

namespace {

constexpr std::uint64_t kTimeoutMsMax = 3'600'000;

// HOST:PORT, with a scheme in front or without.
Result<void> check_endpoint(std::string_view url) {
  const auto refuse = [&] {
    return fail(Errc::bad_usage,
                fmt::format("--endpoint {}: takes HOST:PORT or URLs like "
                            "http://127.0.0.1:8080, with commas between them",
                            printable(url)));
  };
  std::string_view rest = url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    const std::string_view name = rest.substr(0, scheme);
    if (name != "http" && name != "https") return refuse();
    rest.remove_prefix(scheme + 3);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return refuse();
  const auto port = whole_number(rest.substr(colon + 1));
  const bool is_good = port && *port >= 1 && *port <= 65535 &&
                       rest.find_first_of(" /?#@\\") == std::string_view::npos;
  if (!is_good) return refuse();
  return {};
}

}  // namespace

Result<ClientOptions> endpoint_options(const CommandWords& words) {
  ClientOptions options;
  if (const auto typed = words.text("--endpoint")) {
    options.endpoints.clear();
    std::string_view rest = *typed;
    for (bool more = true; more;) {
      const auto comma = rest.find(',');
      more = comma != std::string_view::npos;
      const std::string_view url = rest.substr(0, comma);
      if (auto good = check_endpoint(url); !good) return std::unexpected(good.error());
      options.endpoints.emplace_back(url);
      if (more) rest.remove_prefix(comma + 1);
    }
  }
  const auto timeout = words.number("--timeout-ms", 1, kTimeoutMsMax);
  if (!timeout) return std::unexpected(timeout.error());
  if (*timeout) options.timeout = std::chrono::milliseconds(**timeout);
  return options;
}

}  // namespace kv
