#include "v4_replicated_kv/api/http/foreign_pages.hpp"

#include <algorithm>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/words.hpp"

namespace kv::http {

namespace {

// What is before the port; of a number of IPv6, what is between its brackets.
std::string_view name_in(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

// A browser that came by a number has asked nobody what a name means.
bool is_number(std::string_view name) {
  boost::system::error_code failed;
  (void)boost::asio::ip::make_address(std::string(name), failed);
  return !failed;
}

// Names that browsers never look up.
bool is_localhost(std::string_view name) {
  constexpr std::string_view kBelow = ".localhost";
  if (same_word(name, kBelow.substr(1))) return true;
  return name.size() > kBelow.size() &&
         same_word(name.substr(name.size() - kBelow.size()), kBelow);
}

OrRefused<void> check_host(std::string_view host, const DoorNames& own) {
  if (!own.is_of_this_machine || host.empty()) return {};  // browsers always say one
  const std::string_view name = name_in(host);
  const bool is_own = is_number(name) || is_localhost(name) ||
                      std::ranges::any_of(own.names, [&](std::string_view one) {
                        return same_word(one, name);
                      });
  if (is_own) return {};
  return refuse(403, "forbidden",
                fmt::format("this node is for its own machine, and {} is none of its "
                            "names: ask localhost, an address, or the name that "
                            "listen.http has",
                            printable(name)));
}

OrRefused<void> check_origin(std::string_view origin, std::string_view host) {
  if (origin.empty()) return {};
  const auto scheme = origin.find("://");
  const bool is_own = scheme != origin.npos && same_word(origin.substr(scheme + 3), host);
  if (is_own) return {};
  return refuse(403, "forbidden", "a page of another origin may not make requests here");
}

}  // namespace

OrRefused<void> check_page(const HttpRequest& head, const DoorNames& own) {
  if (auto checked = check_host(head.host, own); !checked) return checked;
  return check_origin(head.origin, head.host);
}

}  // namespace kv::http
