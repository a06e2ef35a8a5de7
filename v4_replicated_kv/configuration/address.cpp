#include "v4_replicated_kv/configuration/address.hpp"

#include <algorithm>
#include <limits>

#include "common/base/whole_number.hpp"

namespace kv {

namespace {

constexpr std::size_t kHostBytesMax = 253;  // of a name in the DNS

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' ||
         c == '.' || c == '_';
}

// Letters of a number of IPv6, a mapped IPv4 and a zone included.
bool is_number_letter(char c) {
  return is_host_letter(c) || c == ':' || c == '%';
}

// Four numbers up to 255 with dots between them.
bool is_ipv4(std::string_view host) {
  int numbers = 0;
  while (!host.empty()) {
    const auto dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    const auto number = whole_number(part);
    if (part.size() > 3 || !number || *number > 255) return false;
    ++numbers;
    if (dot == std::string_view::npos) return numbers == 4;
    host.remove_prefix(dot + 1);
  }
  return false;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = whole_number(text.substr(colon + 1));
  if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > kHostBytesMax) return std::nullopt;
  if (!std::ranges::all_of(host, in_brackets ? is_number_letter : is_host_letter)) {
    return std::nullopt;
  }
  if (in_brackets && host.find(':') == std::string_view::npos) return std::nullopt;
  return Address{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

std::string address_text(const Address& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

bool is_loopback(const Address& address) {
  if (address.host == "localhost" || address.host == "::1") return true;
  return address.host.starts_with("127.") && is_ipv4(address.host);
}

}  // namespace kv
