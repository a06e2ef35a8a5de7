// Where a server listens, and where it is found: a host and a port.
//
// Left out  looking a name up. That asks the network; who connects does it, each time
//           anew.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kv {

struct Address {
  std::string host;        // a name or a number; of IPv6 without its brackets
  std::uint16_t port = 0;  // 0: one that is free
  friend auto operator<=>(const Address&, const Address&) = default;
};

// "127.0.0.1:8080", "node1:8080" or "[::1]:8080"; nothing for anything else. A port is
// always said: who forgets it shall not listen on one by chance.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);

// As parse_address() reads it.
[[nodiscard]] std::string address_text(const Address& address);

// Whether nobody from another machine gets there: 127.x.x.x, ::1, or localhost. A name
// that is not known to be so is not.
[[nodiscard]] bool is_loopback(const Address& address);

}  // namespace kv
